import { statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCast } from '../../../src/cli/replay/cast.ts';
import { type ShownCall, shownCalls } from '../../../src/cli/replay/shown.ts';
import { parseBundle } from '../../../src/ops/recording/bundle.ts';
import { runInWorld } from '../world.ts';
import { type Recorded, startRecorded } from './rig.ts';

let recorded: Recorded;
afterEach(() => recorded.stop());

const replay = (path: string, ...args: string[]) => runInWorld(['replay', path, ...args], {});

/** The Slack calls of the run that was recorded, as a replay shows its own. */
function callsOfRecording(): ShownCall[] {
  const { rig } = recorded;
  const { names } = createCast(parseBundle(recorded.text()).entries, rig.slack.state());
  const clicks = rig.slack.deliveries().flatMap(({ type, sentAt }) => (type === 'interactive' ? [sentAt] : []));
  return shownCalls(rig.slack.calls(), { ...names, clicks, threadOf: () => undefined });
}

/** What was called, and what was set: the words and the threads are others in a replay. */
const gist = (calls: ShownCall[]) =>
  calls.map(({ method, message, content }) =>
    [method, message, /Status$|^reactions/.test(method) ? content : ''].join(' '),
  );

async function gistOfReplay(): Promise<string[]> {
  const { exitCode, stdout, stderr } = await replay(recorded.path, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return gist((JSON.parse(stdout) as { calls: ShownCall[] }).calls);
}

async function haveApproval() {
  const { rig } = recorded;
  const { channel, root } = await rig.ask('please deploy checkout, Zebediah asked for it');
  await rig.press('Ben', 'approve', { channel, root });
  await rig.ended(channel, root);
  await rig.say('Ana', 'thank you, ana.silva@example.com will be glad', { channel, thread: root });
  await rig.ended(channel, root, 2);
  return { channel, root };
}

describe('a conversation with an approval', () => {
  beforeEach(async () => {
    recorded = await startRecorded();
  });

  it('is recorded without a token, a name, an id or a word of it, for its owner only', async () => {
    const { rig, path, text } = recorded;
    const { channel, root } = await haveApproval();
    const written = text();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const people = rig.slack.state().users.flatMap(({ id, name }) => [id, name]);
    const { sessions } = rig.agents.records();
    const secrets = [rig.slack.botToken, rig.slack.appToken, rig.agents.apiKey, rig.slack.teamId, channel, root];
    for (const hidden of [...secrets, ...people, ...sessions.map(({ id }) => id), 'Zebediah', 'example.com', 'deploy'])
      expect(written).not.toContain(hidden);

    const spoken = sessions.flatMap(({ events }) => events.flatMap(wordsOf));
    expect(spoken).toEqual(expect.arrayContaining(['Zebediah', 'approval', 'production', 'glad']));
    const kept = parseBundle(written).entries.flatMap(wordsOf);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.filter((word) => spoken.includes(word))).toEqual([]);
  });

  it('is replayed with the same Slack calls in the same order, each time', async () => {
    await haveApproval();
    const [first, second] = [await replay(recorded.path, '--json'), await replay(recorded.path, '--json')];
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toBe(second.stdout);
    const { calls } = JSON.parse(first.stdout) as { calls: ShownCall[] };
    expect(gist(calls)).toEqual(gist(callsOfRecording()));
    expect(calls.filter(({ message }) => message === 'b2')).toMatchObject([
      { method: 'chat.postMessage', place: 't1', content: '', error: null },
      { method: 'chat.update', place: 't1', content: expect.stringMatching(/^\*Approved\* by <@U2> · <time>/) },
    ]);
  });
});

describe('other conversations are replayed as they were', () => {
  beforeEach(async () => {
    recorded = await startRecorded();
  });

  it('a stream in a direct message, a choice by a button, and two requests decided in the other order', async () => {
    const { rig } = recorded;
    const dm = rig.dm('Ben');
    await rig.ended(dm, await rig.say('Ben', 'hello there', { channel: dm }));
    const asked = await rig.ask('ask me');
    await rig.press('Ana', 'pick:1', asked);
    await rig.ended(asked.channel, asked.root);

    const { channel, root } = await rig.ask('two at once');
    const cards = () =>
      rig.thread(channel, root).filter(({ blocks }) => JSON.stringify(blocks).includes(':gate:approve"'));
    await rig.until('two cards', () => cards().length === 2);
    const [first, second] = cards();
    await rig.press('Ben', 'approve', { channel, root, ts: second?.ts ?? '' });
    await rig.press('Chi', 'deny', { channel, root, ts: first?.ts ?? '' });
    await rig.ended(channel, root);
    expect(await gistOfReplay()).toEqual(gist(callsOfRecording()));
  });

  it('a message that Slack delivered twice', async () => {
    const { rig, text } = recorded;
    rig.slack.faults.apply({ deliveries: { duplicate: true } });
    const { channel, root } = await rig.ask('hello');
    await rig.ended(channel, root);
    await rig.until('every delivery', () => text().match(/"type":"delivery"/g)?.length === 4);
    expect(await gistOfReplay()).toEqual(gist(callsOfRecording()));
  });

  it('a request that nobody has decided yet', async () => {
    const { rig } = recorded;
    const { channel, root } = await rig.ask('deploy');
    await rig.until('a card', () => rig.card(channel, root, 'approve') && rig.status(channel, root) === 'suspended');
    await rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);
    expect(await gistOfReplay()).toEqual(gist(callsOfRecording()));
  });

  it('a reply that steers, and a stop', async () => {
    const { rig } = recorded;
    const { channel, root } = await rig.ask('take your time');
    await rig.until('work', () => rig.said(channel, root).includes('six steps'));
    await rig.say('Ben', 'look at the database as well', { channel, thread: root });
    await rig.until('the new course', () => rig.said(channel, root).includes('Changing course'));
    await rig.until('a step of it', () => rig.events(root).filter(({ type }) => type === 'agent.tool_use').length > 1);
    await rig.say('Ana', 'stop', { channel, thread: root });
    await rig.until(
      'the end',
      () => rig.said(channel, root).includes('Stopped by') && rig.status(channel, root) === 'active',
    );
    const { exitCode, stdout, stderr } = await replay(recorded.path);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^chat\.postMessage +t1 b\d +Stopped by <@U1>/m);
    expect(stdout.split('\n').filter((line) => line.length > 180)).toEqual([]);
    expect(stdout).toMatch(/reactions\.add +C1 +:eyes:/);
  });
});

it('a replay that goes another way says where', async () => {
  recorded = await startRecorded();
  const { rig, path, text } = recorded;
  const { channel, root } = await rig.ask('hello');
  await rig.ended(channel, root);
  // Nobody can stop what does not run.
  writeFileSync(path, `${text()}{"type":"stop","at":9000,"thread":"t1","channel":"C1","by":"U1","said":false}\n`);
  const { exitCode, stdout, stderr } = await replay(path);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('chat.postMessage');
  expect(stderr).toContain('At 9.0 s (stop in t1): Nothing is being worked on');
});

/** The words of all that people or the agent wrote; the shortest say nothing. */
function wordsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    typeof field === 'string'
      ? /^(text|command|reason)$/.test(key) && !/^(end_turn|requires_action)$/.test(field)
        ? (field.match(/\p{L}{4,}/gu) ?? [])
        : []
      : wordsOf(field),
  );
}
