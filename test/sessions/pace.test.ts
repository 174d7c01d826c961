import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import { createLimits } from '../../src/playground/agents/limits.ts';
import { applyOnce } from '../../src/sessions/apply-once.ts';
import { createAllowances, LIMITS } from '../../src/sessions/limits.ts';
import { createAllowance } from '../../src/thread/allowance.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';
import { eventually, message, type Rig, startRig } from './rig.ts';

const MANY = 120;
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
    const { reads } = createAllowances(clock);
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
    expect(clock.now() - begun).toBeLessThan(1.2 * ((1_000 * READS_EACH * 60_000) / LIMITS.reads));
  });

  it('lets whoever reads once more to be sure wait until all are followed', async () => {
    const clock = manualClock();
    const { reads } = createAllowances(clock);
    const begun = clock.now();
    let isPickedUp = false;
    const reread = async () => {
      await sleep(clock, 2_000);
      await reads.take({ later: true });
    };
    const pickUp = async () => {
      const following: Promise<void>[] = [];
      const rereading: Promise<void>[] = [];
      for (let number = 0; number < 1_000; number += 1) {
        await reads.room();
        following.push(
          sleep(clock, 5).then(async () => {
            for (let count = 0; count < READS_EACH; count += 1) await reads.take();
            rereading.push(reread(), reread());
          }),
        );
        await sleep(clock, 2);
      }
      await Promise.all(following);
      isPickedUp = true;
      return rereading;
    };
    const rereading = pickUp();
    while (!isPickedUp) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1);
    }
    expect(clock.now() - begun).toBeLessThan(1.2 * ((1_000 * READS_EACH * 60_000) / LIMITS.reads));
    let areDone = false;
    void rereading.then(async (all) => {
      await Promise.all(all);
      areDone = true;
    });
    while (!areDone) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
  });

  it('has none refused when many sessions are followed at once', async () => {
    const sessions = await openMany(MANY);
    rig.server.faults.apply({ limits: true });
    const followers = sessions.map((session) => rig.follow(session));
    await Promise.all(followers.map((follower) => follower.heard('follow.live')));
    expect(refused()).toBe(0);
  });

  it('tells that a session waits for its turn, which is no silence of its own', async () => {
    await rig.stop();
    rig = await startRig({ speed: 20, limits: { reads: 60, creates: 6_000 } });
    const sessions = await openMany(10);
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

describe('the pace of what is created', () => {
  const numbered = (number: number) => message('hello', `1700000000.${String(number).padStart(6, '0')}`);

  it('has none refused when many messages are sent at once', async () => {
    const sessions = await openMany(MANY);
    rig.server.faults.apply({ limits: true });
    await Promise.all(sessions.map((session, number) => rig.sessions.send(session, numbered(number))));
    expect(rig.logged()).not.toContain('request failed');
    expect(rig.server.records().requests['events.send']).toBe(MANY);
  });

  it('lets an interrupt go before the messages that wait', async () => {
    const sessions = await openMany(60);
    // So slow that no machine is slower.
    const slow = rig.another({ limits: { reads: 1_200, creates: 60 } });
    const [first] = sessions;
    if (first === undefined) throw new Error('no sessions');
    let sent = 0;
    const sending = sessions.map(async (session, number) => {
      await slow.send(session, numbered(number));
      sent += 1;
    });
    await slow.interrupt(first);
    expect(sent).toBeLessThan(sessions.length / 2);
    await Promise.all(sending);
  });

  it('slows down for all when the API says that it is too much, and nothing is lost', async () => {
    const [first, second] = await openMany(2);
    if (!first || !second) throw new Error('no sessions');
    rig.server.faults.failNext('events.send', { status: 429, retryAfter: 20 });
    const begun = rig.clock.now();
    const one = rig.sessions.send(first, numbered(1));
    await eventually(() => expect(rig.logged()).toContain('request failed'));
    await Promise.all([one, rig.sessions.send(second, numbered(2))]);
    expect(rig.clock.now() - begun).toBeGreaterThanOrEqual(20_000);
    expect(rig.server.records().requests['events.send']).toBe(3);
  });

  it('does not count the time in line against the tries', async () => {
    const clock = manualClock();
    const creates = createAllowance({ clock, perMinute: 1, burst: 1 });
    await creates.take();
    let runs = 0;
    const request = applyOnce(
      {
        key: 'one',
        subject: 'session',
        creates: 'later',
        giveUpAfterMs: 70_000,
        async run() {
          runs += 1;
          if (runs === 1) throw new TypeError('terminated');
          return 'done';
        },
      },
      { clock, creates, reads: creates, doubts: new Map(), log: pino({ level: 'silent' }) },
    );
    let result: string | undefined;
    void request.then((done) => {
      result = done;
    });
    while (result === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    expect({ result, runs }).toEqual({ result: 'done', runs: 2 });
  });
});
