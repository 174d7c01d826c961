import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeapClock, leapClock } from './leap-clock.ts';
import { type Rig, startRig } from './rig.ts';

const MINUTE_MS = 60_000;

let clock: LeapClock;
let rig: Rig;
beforeEach(async () => {
  clock = leapClock();
  rig = await startRig({ clock, agents: { pace: 0.02 } });
});
afterEach(() => rig.stop());

/** Longer than Slack tries to bring what it could not bring. */
const forTooLong = () => clock.leap(20 * MINUTE_MS);

async function served(text = 'hello there') {
  const thread = await rig.ask(text);
  await rig.ended(thread.channel, thread.root);
  await rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);
  return thread;
}

/** How often the agents have been sent what people wrote with these words. */
const sent = (words: string) => rig.userMessages().filter(({ text }) => text.includes(words)).length;
const answered = (channel: string, root: string, words: string) =>
  rig.until(`an answer to ${words}`, () => rig.said(channel, root).includes(words));
const readings = (method: string) => rig.slack.calls().filter((call) => call.method === `conversations.${method}`);
const wholeIsRead = (times = 1) =>
  rig.until('all is read', () => rig.logged().split('read what was missed').length > times);

describe('what people wrote while nobody was there', () => {
  it('is answered in a thread that is served, in order, once', async () => {
    const { channel, root } = await served();
    await rig.away(async () => {
      await rig.say('Ana', 'first of two', { channel, thread: root });
      await rig.say('Ben', 'second of two', { channel, thread: root });
      forTooLong();
    });
    await answered(channel, root, 'second of two');
    await wholeIsRead();
    const texts = rig.userMessages().map(({ text }) => /hello there|first of two|second of two/.exec(text)?.[0]);
    expect(texts).toEqual(['hello there', 'first of two', 'second of two']);
    await rig.noProblems();
  });

  it('is answered where it begins a thread, with what was replied there', async () => {
    const { channel } = await served();
    const dm = rig.dm('Ana');
    const inDm = await rig.say('Ana', 'a private word', { channel: dm });
    await rig.ended(dm, inDm);
    let asked = '';
    let direct = '';
    await rig.away(async () => {
      asked = await rig.say('Ben', '@Drawbridge look at this', { channel });
      await rig.say('Ana', 'and at that', { channel, thread: asked });
      await rig.say('Ana', 'not for the bot', { channel });
      direct = await rig.say('Ana', 'another private word', { channel: dm });
      forTooLong();
    });
    await answered(channel, asked, 'and at that');
    await answered(dm, direct, 'another private word');
    await wholeIsRead();
    expect([sent('look at this'), sent('and at that'), sent('another private word')]).toEqual([1, 1, 1]);
    expect(sent('not for the bot')).toBe(0);
    await rig.noProblems();
  });

  it('comes with its files, and a stop is a stop', async () => {
    const { channel, root } = await served();
    const base64 = Buffer.from('a,b\n1,2\n').toString('base64');
    await rig.away(async () => {
      await rig.say('Ana', 'stop', { channel, thread: root });
      await rig.say('Ana', 'read this', { channel, thread: root, files: [{ name: 'numbers.csv', base64 }] });
      forTooLong();
    });
    await rig.until('a word about the stop', () => rig.said(channel, root).includes('Nothing is running here'));
    await rig.until('the message is sent', () => sent('read this') === 1);
    expect(rig.userMessages().find(({ text }) => text.includes('read this'))?.text).toContain('numbers.csv');
  });

  it('is answered once when Slack brings it as well', async () => {
    const { channel, root } = await served();
    await rig.away(async () => {
      await rig.say('Ana', 'quick question', { channel, thread: root });
    });
    await answered(channel, root, 'quick question');
    await wholeIsRead();
    expect(sent('quick question')).toBe(1);
  });

  it('comes before what is written now', async () => {
    const { channel, root } = await served();
    rig.slack.faults.apply({
      calls: [{ method: 'conversations.replies', fault: { type: 'slow', ms: 400, when: 'before' } }],
    });
    await rig.away(async () => {
      await rig.say('Ana', 'the older one', { channel, thread: root });
      forTooLong();
    });
    await rig.say('Ana', 'the newer one', { channel, thread: root });
    await rig.until('both are sent', () => sent('the newer one') === 1 && sent('the older one') === 1);
    const texts = rig.userMessages().flatMap(({ text }) => /the (older|newer) one/.exec(text)?.[0] ?? []);
    expect(texts).toEqual(['the older one', 'the newer one']);
  });

  it('is found by an app that Slack gives little, page by page', async () => {
    const { channel, root } = await served();
    rig.slack.faults.apply({ page_size: 2 });
    await rig.away(async () => {
      for (let number = 1; number <= 5; number += 1) {
        await rig.say('Ana', `reply number ${number}`, { channel, thread: root });
      }
      forTooLong();
    });
    await rig.until('all are sent', () => [1, 2, 3, 4, 5].every((number) => sent(`reply number ${number}`) === 1));
    await wholeIsRead();
    expect(readings('replies').filter(({ args }) => args.cursor).length).toBeGreaterThanOrEqual(2);
  });

  it('waits as long as Slack asks, and holds up nothing else', async () => {
    const { channel, root } = await served();
    rig.slack.faults.apply({
      calls: [
        { method: 'conversations.replies', next: 2, fault: { type: 'rate_limited', retry_after_s: 60 } },
        { method: 'conversations.history', fault: { type: 'http_500' } },
      ],
    });
    await rig.away(async () => {
      await rig.say('Ana', 'while it was away', { channel, thread: root });
      forTooLong();
    });
    const other = await rig.ask('something else');
    await answered(other.channel, other.root, 'something else');
    expect(sent('while it was away')).toBe(0);
    // Nothing tells when it has heard of a refusal, and waits.
    const passes = (what: string, isSo: () => boolean) =>
      rig.until(what, () => {
        clock.leap(MINUTE_MS / 20);
        return isSo();
      });
    await passes('it was refused twice', () => readings('replies').filter((c) => c.httpStatus === 429).length === 2);
    await passes('it is sent', () => sent('while it was away') === 1);
    await answered(channel, root, 'while it was away');
    expect(sent('while it was away')).toBe(1);
  });

  it('is let be where a thread is deleted, or the bot taken out of the channel', async () => {
    const gone = await served('a thread to be deleted');
    const here = await served('a thread that stays');
    const left = rig.channel('#general');
    const root = await rig.say('Ben', '@Drawbridge a channel to be left', { channel: left });
    await rig.ended(left, root);
    await rig.away(async () => {
      for (const { ts, user } of rig.thread(gone.channel, gone.root).toReversed()) {
        if (user === rig.user('Ana')) rig.slack.act.remove({ user, channel: gone.channel, ts });
      }
      await rig.say('Ben', 'nobody reads this', { channel: left, thread: root });
      rig.slack.act.leaveChannel({ user: rig.slack.botUserId, channel: left });
      await rig.say('Ana', 'still here', { channel: here.channel, thread: here.root });
      forTooLong();
    });
    await answered(here.channel, here.root, 'still here');
    await wholeIsRead();
    expect(rig.logged()).not.toContain('what was missed cannot be read');
    expect(sent('nobody reads this')).toBe(0);
  });

  it('is read when the connection comes back after a long time, in the same process', async () => {
    const { channel, root } = await served();
    rig.slack.faults.apply({
      calls: [{ method: 'apps.connections.open', next: 0, fault: { type: 'http_500' } }],
      disconnect: 'abrupt',
    });
    await rig.until('it is cut off', () => rig.logged().includes('Slack cannot be reached'));
    await rig.say('Ana', 'while it was cut off', { channel, thread: root });
    forTooLong();
    rig.slack.faults.apply({ clear: true });
    clock.leap(MINUTE_MS);
    await answered(channel, root, 'while it was cut off');
    expect(sent('while it was cut off')).toBe(1);
    expect(rig.said(channel, root)).toContain('I was away for 2');
  });

  it('is read when it could not be kept for a long time, also what is older than the first that can be', async () => {
    const { channel, root } = await served();
    const other = new Database(join(rig.dataFolder, 'drawbridge.db'), { timeout: 5_000 });
    other.exec('BEGIN IMMEDIATE');
    await rig.say('Ana', 'while nothing could be kept', { channel, thread: root });
    const begun = await rig.ask('a thread of its own');
    await rig.until('it is refused', () => rig.logged().includes('not acknowledged'));
    forTooLong();
    await rig.say('Ana', 'the last of it', { channel, thread: root });
    other.exec('ROLLBACK');
    other.close();
    clock.leap(MINUTE_MS);
    await answered(channel, root, 'while nothing could be kept');
    await answered(begun.channel, begun.root, 'a thread of its own');
    await answered(channel, root, 'the last of it');
    expect(['while nothing could be kept', 'the last of it', 'a thread of its own'].map(sent)).toEqual([1, 1, 1]);
    expect(rig.said(channel, root)).toContain('I was away for 2');
  });

  it('is found by the process after one that died while it read', async () => {
    const { channel, root } = await served();
    rig.slack.faults.apply({
      calls: [{ method: 'conversations.replies', next: 0, fault: { type: 'rate_limited', retry_after_s: 30 } }],
    });
    await rig.away(async () => {
      await rig.say('Ana', 'through two restarts', { channel, thread: root });
      forTooLong();
    });
    await rig.until('it was refused', () => readings('replies').some(({ httpStatus }) => httpStatus === 429));
    await rig.away(() => rig.slack.faults.apply({ clear: true }));
    await answered(channel, root, 'through two restarts');
    expect(sent('through two restarts')).toBe(1);
  });
});
