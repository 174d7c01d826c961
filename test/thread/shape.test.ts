import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { expect, it } from 'vitest';
import { type RawEvent, translate } from '../../src/sessions/translate.ts';
import { fold } from '../../src/thread/fold.ts';
import { newTurn, type Turn } from '../../src/thread/turn.ts';

const AT = '2026-01-01T00:00:00Z';
const BEFORE = {
  cents: null,
  capCents: null,
  children: new Map(),
  heard: [],
  runs: new Set<string>(),
  stoppedBy: null,
};

setFlagsFromString('--allow-natives-syntax');
const isOfOneShape = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (a: object, b: object) => boolean;

function after(turn: Turn, call: number): Turn {
  const evaluated_permission = call % 2 === 0 ? 'allow' : 'ask';
  const raw = {
    id: `t${call}`,
    processed_at: AT,
    name: 'bash',
    input: { command: `step ${call}` },
    evaluated_permission,
  };
  const use = translate({ ...raw, type: 'agent.tool_use' } as RawEvent, AT);
  const result = { type: 'agent.tool_result', tool_use_id: raw.id, processed_at: AT } as unknown as RawEvent;
  return fold(fold(turn, use), translate(result, AT));
}

it('gives all calls, and all steps, one shape in memory: what is added to a copy stands before the spread', () => {
  let turn = newTurn('k', BEFORE);
  for (let call = 0; call < 200; call += 1) turn = after(turn, call);
  const calls = [...turn.calls.values()];
  const tools = calls.flatMap(({ asked }) => asked ?? []);
  for (const all of [calls, tools, turn.pieces]) {
    // Every other call is one that people are asked about.
    const [one, , other] = all.slice(-3);
    expect(isOfOneShape(one as object, other as object)).toBe(true);
  }
});
