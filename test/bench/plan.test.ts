import { expect, test } from 'vitest';
import { markerOf, markersIn } from './marker.ts';
import { drawTurns, type TurnShape } from './plan.ts';
import { SCENARIOS } from './scenarios.ts';

const SHAPE: TurnShape = { tools: 4, seconds: 3, opening: 3, remarks: 1, answer: 5, asks: 1 };

test('the same seed draws the same turns, another one others', () => {
  const draw = (seed: number) => drawTurns([SHAPE, SHAPE], { seed, withinMs: 1_000 });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('a turn has what its shape says', () => {
  const [turn] = drawTurns([SHAPE], { seed: 1, withinMs: 0 });
  expect(turn?.steps.map((step) => step.do)).toEqual(['say', 'use', 'use', 'ask', 'say', 'use', 'say']);
});

test('each delta begins with a marker that stands nowhere else', () => {
  for (const { turns } of SCENARIOS) {
    const steps = drawTurns(turns, { seed: 3, withinMs: 0 }).flatMap((turn) => turn.steps);
    const deltas = steps.flatMap((step) => (step.do === 'say' ? cut(step.text, step.chunk) : []));
    const markers = deltas.flatMap((delta) => markersIn(delta).map(markerOf));
    expect(markers).toHaveLength(deltas.length);
    expect(new Set(markers).size).toBe(deltas.length);
  }
});

function cut(text: string, size: number): string[] {
  return Array.from({ length: text.length / size }, (_, index) => text.slice(index * size, (index + 1) * size));
}
