import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

/** Slack's rate tiers hold, and the bot keeps to them. */
let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ limits: 'slack', speed: 4, agents: { pace: 1 } });
  rig.slack.faults.apply({ tiers: true });
});
afterEach(() => rig.stop());

const PEOPLE = ['Ana', 'Ben', 'Chiara', 'Dev'];

/** So many people ask for an investigation at once. */
async function askMany(count: number, where: 'channel' | 'dm') {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const who = PEOPLE[n % PEOPLE.length] ?? 'Ana';
      const channel = where === 'dm' ? rig.dm(who) : rig.channel('#ops');
      const text = where === 'dm' ? 'why is checkout slow?' : '@Drawbridge why is checkout slow?';
      return { channel, root: await rig.say(who, text, { channel }) };
    }),
  );
}

const refused = () => rig.slack.calls().filter(({ httpStatus }) => httpStatus === 429);
const TEXTS = ['start with what changed', 'Reading that file', 'Checkout latency jumped because'];

/** Every text stands once: what a growing message showed of it has given way. */
async function areAnswered(places: Awaited<ReturnType<typeof askMany>>) {
  for (const { channel, root } of places) {
    const times = () => TEXTS.map((text) => rig.said(channel, root).split(text).length - 1);
    await rig.until('it is answered', () => times().join() === '1,1,1');
    await rig.until('nothing looks unfinished', () => rig.status(channel, root) !== 'processing');
  }
}

describe('many turns at once', () => {
  it('in one channel are all answered, each text once, without a single refusal', async () => {
    await areAnswered(await askMany(10, 'channel'));
    expect(refused()).toEqual([]);
  });

  it('in direct messages go on as messages where streams run short, and every stream is ended', async () => {
    const places = await askMany(30, 'dm');
    await areAnswered(places);
    const streams = () =>
      places.flatMap(({ channel, root }) => rig.thread(channel, root)).flatMap(({ stream }) => stream ?? []);
    await rig.until('every stream is ended', () => streams().every(({ state }) => state === 'completed'));
    const streamed = new Set(
      places
        .filter(({ channel, root }) => rig.thread(channel, root).some(({ stream }) => stream))
        .map(({ root }) => root),
    );
    expect(streamed.size).toBeGreaterThan(0);
    expect(streamed.size).toBeLessThan(30);
    expect(refused()).toEqual([]);
  });
});
