import { type Chance, createChance } from '../chaos/chance.ts';
import { markerOf } from './marker.ts';

/** What the agent does in one turn, step by step. Times are ms. */
export type Step =
  /** Says a text in deltas of `chunk` characters. */
  | { do: 'say'; text: string; chunk: number; everyMs: number }
  | { do: 'use'; command: string; ms: number }
  /** Uses a tool that people must allow. */
  | { do: 'ask'; command: string; ms: number };

export interface TurnPlan {
  /** The number of its thread; each thread has one turn. */
  thread: number;
  place: 'channel' | 'dm';
  /** When the person writes, after the run's beginning. */
  startsAtMs: number;
  steps: Step[];
}

/** How a turn is drawn; what is left out does not happen in it. */
export interface TurnShape {
  tools: number;
  /** About how long it takes. */
  seconds: number;
  /** Deltas of the text before the tools. */
  opening?: number;
  /** Texts between the tools. */
  remarks?: number;
  /** Deltas of the answer. */
  answer: number;
  /** Characters in a delta. */
  chunk?: number;
  /** Tool calls that people must allow, in the middle of the others. */
  asks?: number;
  place?: 'channel' | 'dm';
}

const WORDS =
  'the checkout queue was slow because each basket line asked for its own price and held one of the connections'.split(
    ' ',
  );
const CHUNK = 24;
/** Deltas to a paragraph. */
const PARAGRAPH = 12;
const REMARK_DELTAS = 10;
const DELTA_MS = 50;
/** How far times differ from one another, to either side. */
const JITTER = 0.3;

/** The same for the same seed. Whoever writes does so within `withinMs` of the beginning. */
export function drawTurns(
  shapes: readonly TurnShape[],
  { seed, withinMs }: { seed: number; withinMs: number },
): TurnPlan[] {
  const chance = createChance(seed);
  return shapes.map((shape, thread) => ({
    thread,
    place: shape.place ?? 'channel',
    startsAtMs: Math.round(chance.next() * withinMs),
    steps: drawSteps(shape, { thread, chance }),
  }));
}

function drawSteps(shape: TurnShape, { thread, chance }: { thread: number; chance: Chance }): Step[] {
  const { tools, seconds, opening = 0, remarks = 0, answer, chunk = CHUNK, asks = 0 } = shape;
  const texts = [opening, ...Array.from({ length: remarks }, () => REMARK_DELTAS), answer];
  const talkMs = texts.reduce((sum, deltas) => sum + deltas * DELTA_MS, 0);
  const toolMs = Math.max((seconds * 1_000 - talkMs) / Math.max(tools, 1), 0);
  const steps: Step[] = [];
  const around = (ms: number) => Math.round(ms * (1 + (chance.next() * 2 - 1) * JITTER));
  const say = (deltas: number) => {
    const text = drawText({ thread, step: steps.length, deltas, chunk }, chance);
    if (deltas > 0) steps.push({ do: 'say', text, chunk, everyMs: DELTA_MS });
  };
  const isAsked = spread(asks, tools);
  const isRemarked = spread(remarks, tools);
  say(opening);
  for (let tool = 0; tool < tools; tool += 1) {
    const command = `./step.sh ${markerOf({ thread, step: steps.length, delta: 0 })}`;
    steps.push({ do: isAsked(tool) ? 'ask' : 'use', command, ms: around(toolMs) });
    if (isRemarked(tool)) say(REMARK_DELTAS);
  }
  say(answer);
  return steps;
}

/** Which of `total` places in a row hold one of `count` things that are spread over them. */
function spread(count: number, total: number): (place: number) => boolean {
  const places = new Set(
    Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * total) / Math.max(count, 1))),
  );
  return (place) => places.has(place);
}

/** Each delta begins with a marker of its own, and has exactly `chunk` characters. */
function drawText(
  { thread, step, deltas, chunk }: { thread: number; step: number; deltas: number; chunk: number },
  chance: Chance,
): string {
  return Array.from({ length: deltas }, (_, delta) => {
    const end = (delta + 1) % PARAGRAPH === 0 ? '.\n\n' : ' ';
    let words = markerOf({ thread, step, delta });
    while (words.length < chunk) words += ` ${chance.pick(WORDS)}`;
    return `${words.slice(0, chunk - end.length)}${end}`;
  }).join('');
}
