import { afterEach, expect, it } from 'vitest';
import { loadScript } from '../bench/load-script.ts';
import { drawTurns } from '../bench/plan.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const READS = /^(auth|apps|users|conversations)\./;

it.each(['channel', 'dm'] as const)('a quick turn with 10 tools takes at most 6 writes in a %s', async (place) => {
  const [plan] = drawTurns([{ tools: 10, seconds: 2.5, answer: 24, place }], { seed: 1, withinMs: 0 });
  rig = await startRig({ agents: { pace: 1, scripts: [loadScript(() => plan?.steps ?? [])] } });
  const channel = place === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
  const text = place === 'dm' ? 'load 0' : '@Drawbridge load 0';
  const root = await rig.say('Ana', text, { channel });
  await rig.ended(channel, root);
  const writes = rig.slack.calls().filter(({ token, method }) => token === 'bot' && !READS.test(method));
  // A slow machine makes the turn longer, and what it costs depends on that.
  const seconds = ((writes.at(-1)?.at ?? 0) - (writes[0]?.at ?? 0)) / 1_000;
  const longer = Math.max(Math.ceil(seconds) - 4, 0);
  expect(writes.length).toBeLessThanOrEqual(6 + 2 * longer);
  expect(rig.said(channel, root).match(/step\.sh/g)).toHaveLength(10);
  await rig.noProblems();
});
