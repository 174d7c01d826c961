import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import { startCrashRig } from './crash-rig.ts';
import { type Rig, startRig } from './rig.ts';

/** Works until it is let go on, and then gives up; whatever else it is asked, it answers. */
function overloaded() {
  let fail: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const base = { trigger: '', shows: '' };
  const scripts: Script[] = [
    {
      ...base,
      name: 'gives up',
      matches: (text) => text.includes('give up'),
      async run(agent) {
        await agent.tool('bash', { command: 'make' }, { output: 'ok' });
        await failed;
        await agent.exhaust({ type: 'model_overloaded_error', message: 'overloaded' });
      },
    },
    {
      ...base,
      name: 'answers',
      matches: () => true,
      async run(agent) {
        await agent.say(`Heard: ${agent.text}`);
      },
    },
  ];
  return { scripts, fail };
}

let rig: Rig;
let agent: ReturnType<typeof overloaded>;
beforeEach(async () => {
  agent = overloaded();
  rig = await startRig({ agents: { pace: 0.02, scripts: agent.scripts } });
});
afterEach(() => rig.stop());

/** The thread whose process is killed. */
let failed: Thread;
const sends = () => rig.agents.records().requests['events.send'] ?? 0;

interface Thread {
  channel: string;
  root: string;
}

/** A turn that is going to fail, with two messages queued behind it. */
async function failing(): Promise<Thread> {
  const { channel, root } = await rig.ask('give up');
  await rig.until('it works', () => rig.said(channel, root).includes('bash'));
  await rig.say('Ana', 'first of two', { channel, thread: root });
  await rig.say('Ben', 'second of two', { channel, thread: root });
  await rig.until('both are queued', () => rig.userMessages().length === 3);
  return { channel, root };
}

const messages = () =>
  rig.userMessages().flatMap(({ text }) => /give up|first of two|second of two/.exec(text)?.[0] ?? []);
const times = ({ channel, root }: Thread, words: string) => rig.said(channel, root).split(words).length - 1;

async function answeredOnce(thread: Thread): Promise<void> {
  await rig.until('both are answered', () => times(thread, 'Heard: second of two') > 0);
  await rig.until('nothing works', () => rig.status(thread.channel, thread.root) === 'active');
  expect(messages()).toEqual(['give up', 'first of two', 'second of two', 'first of two', 'second of two']);
  expect([times(thread, 'Heard: first of two'), times(thread, 'Heard: second of two')]).toEqual([1, 1]);
  expect(rig.said(thread.channel, thread.root)).toContain(
    '2 messages had not reached the agent yet, so I send them again.',
  );
  await rig.noProblems();
}

describe('messages that a failing turn takes with it', () => {
  it('are sent again, in order, once', async () => {
    const thread = await failing();
    agent.fail();
    await answeredOnce(thread);
    await rig.restart();
    await rig.say('Ana', 'and now', { channel: thread.channel, thread: thread.root });
    await rig.until('it goes on', () => times(thread, 'Heard: and now') === 1);
    expect(messages()).toHaveLength(5);
  });

  it('are sent again by the process after one that was away when they were lost', async () => {
    const thread = await failing();
    await rig.away(async () => {
      agent.fail();
      await rig.until('it has failed', () =>
        rig.events(thread.root).some(({ stop_reason }) => JSON.stringify(stop_reason)?.includes('retries_exhausted')),
      );
    });
    await answeredOnce(thread);
  });

  it.each([
    [
      'the turn has just failed',
      () => rig.events(failed.root).some(({ stop_reason: reason }) => JSON.stringify(reason)?.includes('exhausted')),
    ],
    ['the first one is on its way again', () => sends() > 3],
    ['the second one is on its way again', () => sends() > 4],
  ])('are sent again once by a process that takes over from one that was killed when %s', async (_, isTime) => {
    await rig.stop();
    const crash = await startCrashRig({ agents: { pace: 0.02, scripts: agent.scripts } });
    rig = crash;
    failed = await failing();
    rig.agents.faults.apply({ slow: [{ route: 'events.send', times: 2, ms: 200 }] });
    agent.fail();
    await rig.until('it is time', isTime);
    await crash.kill();
    await rig.restart();
    await answeredOnce(failed);
  });

  it('are sent again once when the answer to that is lost, and the process with it', async () => {
    const thread = await failing();
    rig.agents.faults.apply({ eventsSendStored: { answer: 'reset', times: 1 } });
    agent.fail();
    await rig.until('one is sent again', () => rig.userMessages().length >= 4);
    await rig.restart();
    await answeredOnce(thread);
  });
});
