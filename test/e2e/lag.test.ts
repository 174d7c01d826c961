import { afterEach, describe, expect, it } from 'vitest';
import { type CrashRig, startCrashRig } from './crash-rig.ts';
import { type Rig, startRig } from './rig.ts';

/** Events are listed this late, in clock time. */
const LAG_MS = 1_500;

let rig: Rig;
afterEach(() => rig.stop());

const isPutDown = () => rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);

describe('a process that is killed while the list lags', () => {
  let crash: CrashRig;

  async function start() {
    crash = await startCrashRig({ agents: { pace: 0.1 } });
    rig = crash;
  }

  /** Kills it when the session has just been given one more message, and nobody can list it. */
  async function killAtSend(say: () => Promise<unknown>): Promise<void> {
    const sends = crash.agentsCalls('events.send');
    rig.agents.faults.apply({ listLagMs: LAG_MS, slow: [{ route: 'events.send', ms: 200 }] });
    await say();
    await rig.until('it is on its way', () => crash.agentsCalls('events.send') > sends);
    await crash.kill();
    await rig.restart();
  }

  const times = (words: string, { channel, root }: { channel: string; root: string }) =>
    rig.said(channel, root).split(words).length - 1;

  it('sends no message again that began a turn, and shows all of that turn', async () => {
    await start();
    const thread = await rig.ask('hello');
    await rig.ended(thread.channel, thread.root);
    await isPutDown();
    await killAtSend(() => rig.say('Ana', 'take your time', { channel: thread.channel, thread: thread.root }));
    await rig.ended(thread.channel, thread.root, 2);
    expect(rig.userMessages()).toHaveLength(2);
    expect([times('take my time', thread), times('Step 6 of 6', thread)]).toEqual([1, 1]);
  });

  it('sends no message again that steers', async () => {
    await start();
    const thread = await rig.ask('take your time');
    await rig.until('it works', () => times('Step 1 of 6', thread) === 1);
    await killAtSend(() => rig.say('Ana', 'look at the database', { channel: thread.channel, thread: thread.root }));
    await rig.until('the turn has ended', () => times('list price', thread) > 0);
    expect(rig.userMessages()).toHaveLength(2);
  });
});

describe('a session that moves without us, told of before it is listed', () => {
  const SPEED = 5;

  async function start() {
    rig = await startRig({ webhooks: true, speed: SPEED, agents: { pace: 0.2 } });
  }

  it('is shown in a thread that owed nothing', async () => {
    await start();
    const { channel, root } = await rig.ask('hello');
    await rig.ended(channel, root);
    await isPutDown();
    rig.agents.faults.apply({ listLagMs: 4_000 });
    await rig.sendElsewhere(root, { type: 'user.message', content: [{ type: 'text', text: 'from the Console' }] });
    await rig.ended(channel, root, 2);
    await isPutDown();
    await rig.noProblems();
  });

  it('is shown in a thread that waits for people', async () => {
    await start();
    const { channel, root } = await rig.ask('deploy checkout');
    await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    await isPutDown();
    const call = rig.events(root).findLast(({ type }) => type === 'agent.tool_use');
    rig.agents.faults.apply({ listLagMs: 4_000 });
    await rig.sendElsewhere(root, { type: 'user.tool_confirmation', tool_use_id: call?.id, result: 'allow' });
    await rig.until('its card says so', () => rig.said(channel, root).includes('No longer needed'));
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('runs in production');
    await isPutDown();
    await rig.noProblems();
  });
});

it.each(['channel', 'dm'])(
  'a request in a %s that somebody decides before it is listed keeps its card',
  async (where) => {
    rig = await startRig({ speed: 5, agents: { pace: 0.2 } });
    rig.agents.faults.apply({ listLagMs: 4_000 });
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const root = await rig.say('Ana', where === 'dm' ? 'post message' : '@Drawbridge post message', { channel });
    const card = await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    await isPutDown();
    // Our own tool runs once the call is heard of again.
    await rig.press('Ana', 'approve', { channel, root });
    await rig.until('it is done', () => rig.said(channel, root).includes('I posted it'));
    await rig.ended(channel, root);
    const cards = rig.thread(channel, root).filter(({ text }) => /The agent want(s|ed) to/.test(text ?? ''));
    expect(cards.map(({ ts }) => ts)).toEqual([card.ts]);
    await rig.until('it says so', () => rig.said(channel, root).includes('*Approved*'));
    await isPutDown();
    await rig.noProblems();
  },
);
