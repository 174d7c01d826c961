import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLimits } from '../../src/playground/agents/limits.ts';
import { READS } from '../../src/sessions/sessions.ts';
import { createAllowance } from '../../src/thread/allowance.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';
import { eventually, type Rig, startRig } from './rig.ts';

const MANY = 120;
/** An organisation's reads in a minute. */
const LIMIT = 1_200;
const READS_EACH = 2;

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ speed: 20 });
});
afterEach(() => rig.stop());

const refused = () => rig.logged().split('stream failed').length - 1;

async function openMany(count: number) {
  const opened = [];
  for (let number = 0; number < count; number += 1) opened.push(await rig.open(`key-${number}`));
  return opened;
}

describe('the pace of reads', () => {
  it('lets many threads be followed in no more than 1.2 times what the limit allows', async () => {
    const clock = manualClock();
    const limits = createLimits(clock);
    const reads = createAllowance({ clock, ...READS });
    const begun = clock.now();
    let left = 1_000 * READS_EACH;
    const all = Array.from({ length: left }, async () => {
      await reads.take();
      limits.spend({ method: 'GET', path: '/v1/sessions/sesn_1/events' });
      left -= 1;
    });
    while (left > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(50);
    }
    await Promise.all(all);
    expect(clock.now() - begun).toBeLessThan(1.2 * ((1_000 * READS_EACH * 60_000) / LIMIT));
  });

  it('has none refused when many sessions are followed at once', async () => {
    const sessions = await openMany(MANY);
    rig.server.faults.apply({ limits: true });
    const followers = sessions.map((session) => rig.follow(session));
    await Promise.all(followers.map((follower) => follower.heard('follow.live')));
    expect(refused()).toBe(0);
  });

  it('tells that a session waits for its turn, which is no silence of its own', async () => {
    const sessions = await openMany(80);
    const followers = sessions.map((session) => rig.follow(session));
    await Promise.all(followers.map((follower) => follower.heard('follow.live')));
    const waited = followers.map((follower) => follower.types()).filter((types) => types.includes('follow.queued'));
    expect(waited.length).toBeGreaterThan(0);
    for (const types of waited) expect(types.indexOf('follow.trying')).toBe(types.indexOf('follow.queued') + 1);
  });

  it('slows down for all when the API says that it is too much', async () => {
    const [first, second] = await openMany(2);
    if (!first || !second) throw new Error('no sessions');
    rig.server.faults.failNext('events.stream', { status: 429, retryAfter: 20 });
    const begun = rig.clock.now();
    const one = rig.follow(first);
    await eventually(() => expect(refused()).toBe(1));
    const other = rig.follow(second);
    await Promise.all([one.heard('follow.live'), other.heard('follow.live')]);
    expect(rig.clock.now() - begun).toBeGreaterThanOrEqual(20_000);
    expect(rig.server.records().requests['events.stream']).toBe(3);
  });
});
