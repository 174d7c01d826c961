import { afterEach, describe, expect, it } from 'vitest';
import { type LeapClock, leapClock } from './leap-clock.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
let clock: LeapClock;
afterEach(() => rig.stop());

async function start(gate = '') {
  clock = leapClock();
  rig = await startRig({ gate, clock });
}

interface Thread {
  channel: string;
  root: string;
}

async function askFor(text: string, verb = 'approve'): Promise<Thread> {
  const { channel, root } = await rig.ask(text);
  await rig.until('it asks', () => rig.card(channel, root, verb));
  return { channel, root };
}

async function isParked(): Promise<void> {
  await rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);
}

const confirmations = ({ root }: Thread) => rig.events(root).filter(({ type }) => type === 'user.tool_confirmation');
const decisions = () => rig.audit().filter(({ type }) => type === 'decision');
const cards = ({ channel, root }: Thread) =>
  rig.thread(channel, root).filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('SHA-256'));
const outcome = (card: { blocks?: unknown } | undefined) =>
  /\*(Approved|Denied|Expired|Cancelled|No longer needed)\*/.exec(JSON.stringify(card?.blocks ?? []))?.[1];

/** Answers the thread's open call as the Console would. */
async function answerElsewhere({ root }: Thread, result: 'allow' | 'deny'): Promise<void> {
  const call = rig.events(root).findLast(({ type }) => type === 'agent.tool_use');
  await rig.sendElsewhere(root, { type: 'user.tool_confirmation', tool_use_id: call?.id, result });
}

describe('clicks at the same moment', () => {
  it('makes one decision of twenty clicks of two people on one card, and tells nineteen so', async () => {
    await start();
    const thread = await askFor('deploy checkout');
    const { channel } = thread;
    const clicks = Array.from({ length: 20 }, (_, index) =>
      rig.press(index % 2 === 0 ? 'Ana' : 'Ben', index % 3 === 0 ? 'deny' : 'approve', thread),
    );
    await Promise.all(clicks);
    await rig.ended(thread.channel, thread.root);
    expect(confirmations(thread)).toHaveLength(1);
    expect(decisions()).toHaveLength(1);
    await rig.until(
      'the others are told',
      () => rig.whispers('Ana', channel).length + rig.whispers('Ben', channel).length === 19,
    );
    const result = confirmations(thread)[0]?.result;
    expect(decisions()).toMatchObject([{ choice: result === 'allow' ? 'approve' : 'deny' }]);
    await rig.noProblems();
  });

  it('decides twelve cards by the first of many clicks on each', async () => {
    await start();
    const thread = await askFor('twelve at once', 'approve-all');
    await rig.until('all are open', () => rig.said(thread.channel, thread.root).includes('Approve all 12'));
    const all = cards(thread);
    expect(all).toHaveLength(12);
    const twenty = [...all, ...all.slice(0, 8)];
    await Promise.all(
      twenty.map(({ ts }, index) =>
        rig.press(index < 12 ? 'Ana' : 'Ben', index % 2 === 0 ? 'approve' : 'deny', { ...thread, ts }),
      ),
    );
    await rig.ended(thread.channel, thread.root);
    expect(new Set(confirmations(thread).map(({ tool_use_id }) => tool_use_id)).size).toBe(12);
    expect(confirmations(thread)).toHaveLength(12);
    expect(decisions()).toHaveLength(12);
    await rig.until('every card is closed', () => cards(thread).every((card) => outcome(card) !== undefined));
    const allowed = confirmations(thread).filter(({ result }) => result === 'allow').length;
    expect(cards(thread).filter((card) => outcome(card) === 'Approved')).toHaveLength(allowed);
    await rig.noProblems();
  });

  it('has one end when a click, a stop and a message come together', async () => {
    await start();
    const thread = await askFor('deploy checkout');
    const { channel, root } = thread;
    await isParked();
    await Promise.all([
      rig.press('Ben', 'approve', thread),
      rig.say('Ana', 'stop', { channel, thread: root }),
      rig.say('Ana', 'what changed in it?', { channel, thread: root }),
    ]);
    await rig.until('the message is sent', () => rig.userMessages().length === 2);
    await rig.until('nothing works any more', () => rig.status(channel, root) === 'active');
    await rig.until('the card is closed', () => outcome(cards(thread)[0]) !== undefined);
    expect(confirmations(thread).length).toBeLessThanOrEqual(1);
    // Approved before the stop was read, it did not run all the same.
    const ends = confirmations(thread).length === 1 ? ['Approved'] : ['Cancelled', 'No longer needed'];
    expect(ends).toContain(outcome(cards(thread)[0]));
    expect(rig.said(channel, root)).not.toContain('drawbridge:');
    await rig.noProblems();
  });

  it.each([0, 2])('has one end when a click comes %i ms from the expiry', async (ms) => {
    await start('defaults: { expire: { after: 1h } }');
    const thread = await askFor('deploy checkout');
    await isParked();
    clock.leap(3_600_000 - ms);
    await rig.press('Ana', 'approve', thread);
    await rig.ended(thread.channel, thread.root);
    expect(confirmations(thread)).toHaveLength(1);
    expect(decisions()).toHaveLength(1);
    await rig.until('the card is closed', () => outcome(cards(thread)[0]) !== undefined);
    const isAllowed = confirmations(thread)[0]?.result === 'allow';
    expect(outcome(cards(thread)[0])).toBe(isAllowed ? 'Approved' : 'Expired');
    expect(rig.whispers('Ana', thread.channel)).toHaveLength(isAllowed ? 0 : 1);
    await rig.noProblems();
  });
});

describe('a call that is answered in the Console', () => {
  it('says so on its card, though nobody in Slack does anything', async () => {
    await start();
    const thread = await askFor('deploy checkout');
    await isParked();
    await answerElsewhere(thread, 'allow');
    clock.leap(120_000);
    await rig.ended(thread.channel, thread.root);
    await rig.until('its card says so', () => outcome(cards(thread)[0]) === 'No longer needed');
    expect(rig.said(thread.channel, thread.root)).toContain('runs in production');
    await rig.noProblems();
  });

  it.each([
    ['the same', 'allow', 'Approved'],
    ['something else', 'deny', 'No longer needed'],
  ] as const)('tells whoever then decides %s in Slack what has become of it', async (_, result, shown) => {
    await start();
    const thread = await askFor('deploy checkout');
    await isParked();
    await answerElsewhere(thread, result);
    await rig.press('Ana', 'approve', thread);
    await rig.ended(thread.channel, thread.root);
    await rig.until('its card is closed', () => outcome(cards(thread)[0]) !== undefined);
    expect(outcome(cards(thread)[0])).toBe(shown);
    expect(confirmations(thread)).toHaveLength(1);
    await rig.noProblems();
  });
});
