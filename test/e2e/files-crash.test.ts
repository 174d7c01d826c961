import { describe, expect, it, onTestFinished } from 'vitest';
import { type CrashRig, startCrashRig, type Thread } from './crash-rig.ts';
import { file, given, read, told } from './shared-files.ts';

async function start(): Promise<CrashRig> {
  const rig = await startCrashRig({ speed: 5 });
  onTestFinished(() => rig.stop());
  // The process has a clock of its own, which does not hurry.
  rig.agents.faults.apply({ outputsLagMs: 0 });
  return rig;
}

/** Ana mentions the bot in #ops with two files. */
async function drop(rig: CrashRig): Promise<Thread> {
  const channel = rig.channel('#ops');
  const files = [file('a.txt'), file('b.txt')];
  return { channel, root: await rig.say('Ana', '@Drawbridge look', { channel, files }) };
}

/** A thread that has a session, and a reply with a file on its way into it. */
async function dropLater(rig: CrashRig): Promise<Thread> {
  const { channel, root } = await rig.ask('hello');
  await rig.ended(channel, root);
  await rig.say('Ana', 'look', { channel, thread: root, files: [file('a.txt')] });
  return { channel, root };
}

const slow = (route: string) => ({ slow: [{ route, ms: 2_500 }] });

describe('a process that is killed while files come in', () => {
  it('as they are downloaded begins again, and nothing is lost', async () => {
    const rig = await start();
    rig.slack.faults.apply({ calls: [{ method: 'files.download', next: 1, fault: { type: 'drip', ms: 500 } }] });
    const { channel, root } = await drop(rig);
    await rig.until('it works', () => rig.answers(channel, root).length > 0);
    await rig.kill();
    await rig.startAgain();
    await rig.ended(channel, root);
    expect(told(rig, root)).toMatchObject([{ words: 'look', shown: ['document a.txt', 'document b.txt'] }]);
    expect(rig.agentsCalls('files.upload')).toBe(2);
    await rig.noProblems();
  });

  it('as the session is made with them finds it again', async () => {
    const rig = await start();
    rig.agents.faults.apply(slow('sessions.create'));
    const { channel, root } = await drop(rig);
    await rig.until('it is on its way', () => rig.agentsCalls('sessions.create') === 1);
    await rig.kill();
    await rig.until('it is made', () => rig.agents.records().sessions.length === 1);
    await rig.startAgain();
    await rig.ended(channel, root);
    expect([rig.agentsCalls('files.upload'), rig.agentsCalls('sessions.create')]).toEqual([2, 1]);
    expect(told(rig, root)).toHaveLength(1);
    expect(rig.said(channel, root)).not.toMatch(/nothing is mounted there|could not be read/);
    await rig.noProblems();
  });

  it('as one is mounted takes that for its own', async () => {
    const rig = await start();
    rig.agents.faults.apply(slow('resources.add'));
    const { channel, root } = await dropLater(rig);
    await rig.until('it is on its way', () => rig.agentsCalls('resources.add') === 1);
    await rig.kill();
    await rig.startAgain();
    await rig.ended(channel, root, 2);
    expect(rig.agentsCalls('files.upload')).toBe(1);
    expect(told(rig, root)).toMatchObject([{ words: 'hello' }, { words: 'look', shown: ['document a.txt'] }]);
    expect(rig.said(channel, root)).not.toMatch(/nothing is mounted there|could not be read/);
    await rig.noProblems();
  });

  it('as the message is sent does not send it twice', async () => {
    const rig = await start();
    const { channel, root } = await rig.ask('hello');
    await rig.ended(channel, root);
    rig.agents.faults.apply(slow('events.send'));
    await rig.say('Ana', 'look', { channel, thread: root, files: [file('a.txt')] });
    await rig.until('it is on its way', () => rig.agentsCalls('events.send') === 2);
    await rig.kill();
    await rig.until('it arrives', () => told(rig, root).length === 2);
    await rig.startAgain();
    await rig.ended(channel, root, 2);
    expect(told(rig, root)).toHaveLength(2);
    expect([rig.agentsCalls('files.upload'), rig.agentsCalls('resources.add')]).toEqual([1, 1]);
    await rig.noProblems();
  });
});

const TEN = Array.from({ length: 10 }, (_, index) => `part-${String(index + 1).padStart(2, '0')}.txt`);

/** All ten stand in the thread, each once, in however many messages; and nothing goes on. */
async function standOnce(rig: CrashRig, { channel, root }: Thread): Promise<void> {
  const names = () => given(rig, channel, root).flatMap((message) => message.names);
  await rig.until('all stand', () => names().length >= 10);
  await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
  await rig.kill();
  await rig.startAgain();
  await rig.say('Ana', 'files', { channel, thread: root });
  await rig.until('they are listed', () => /The agent gave you/.test(rig.said(channel, root)));
  expect(names().sort()).toEqual(TEN);
  expect(read(rig, channel, root).join('\n')).not.toContain('I could not post');
  await rig.noProblems();
}

describe('a process that is killed while files go out', () => {
  it('between listing and posting posts them all', async () => {
    const rig = await start();
    rig.agents.faults.apply({ slow: [{ route: 'files.content', times: 10, ms: 1_000 }] });
    const thread = await rig.ask('ten files');
    await rig.until('the third is fetched', () => rig.agentsCalls('files.content') === 3);
    await rig.kill();
    await rig.startAgain();
    await standOnce(rig, thread);
  });

  it('between the bytes and their sharing shares what is there', async () => {
    const rig = await start();
    const fault = { type: 'reset' as const, when: 'before' as const };
    rig.slack.faults.apply({ calls: [{ method: 'files.completeUploadExternal', next: 0, fault }] });
    const thread = await rig.ask('ten files');
    await rig.until('it tries', () => rig.slackCalls('files.completeUploadExternal') > 0);
    await rig.kill();
    await rig.startAgain();
    await standOnce(rig, thread);
    expect(rig.slackCalls('files.getUploadURLExternal')).toBe(10);
    expect(given(rig, thread.channel, thread.root)).toHaveLength(1);
  });

  it('between the sharing and its record shares nothing again', async () => {
    const rig = await start();
    const fault = { type: 'slow' as const, ms: 600_000, when: 'after' as const };
    rig.slack.faults.apply({ calls: [{ method: 'files.completeUploadExternal', next: 0, fault }] });
    const thread = await rig.ask('ten files');
    await rig.until('they stand', () => given(rig, thread.channel, thread.root).length === 1);
    await rig.kill();
    await rig.startAgain();
    await standOnce(rig, thread);
    expect(rig.slackCalls('files.completeUploadExternal')).toBe(1);
  });

  it('before Slack shows what it has accepted shares nothing again', async () => {
    const rig = await start();
    rig.slack.faults.apply({ share_after_ms: 4_000 });
    const thread = await rig.ask('ten files');
    await rig.until('it is on its way', () => rig.slackCalls('files.completeUploadExternal') === 1);
    await rig.kill();
    await rig.startAgain();
    await standOnce(rig, thread);
    expect(rig.slackCalls('files.completeUploadExternal')).toBe(1);
  });
});
