import { afterAll, beforeAll, expect, it } from 'vitest';
import { BOT_METHODS } from '../../src/slack/needs.ts';
import { type Rig, startRig } from './rig.ts';

/** One rig for a day's work: what it is granted is what the manifest asks for. */
let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    catchUp: { askAfterMs: 1 },
    gate: 'rules: [{ name: on call, match: { tool: bash }, then: ask, approvers: [S0ONCALL01] }]',
  });
});
afterAll(() => rig.stop());

const csv = { name: 'numbers.csv', base64: Buffer.from('day,count\n1,2\n2,3\n').toString('base64') };

async function steerAndStop(): Promise<void> {
  const { channel, root } = await rig.ask('take your time');
  await rig.until('it works', () => rig.said(channel, root).includes('in_progress'));
  const steer = await rig.say('Ben', 'look at the database first', { channel, thread: root });
  await rig.until('it is taken up', () => marks({ channel, root }, steer) === 'eyes');
  await rig.say('Ana', 'stop', { channel, thread: root });
  await rig.until('it stops', () => rig.said(channel, root).includes('Stopped'));
}

/** The reactions on a message. */
function marks({ channel, root }: { channel: string; root: string }, ts: string): string {
  const reactions = rig.thread(channel, root).find((message) => message.ts === ts)?.reactions ?? [];
  return reactions.map(({ name }) => name).join();
}

async function talkDirectly(): Promise<void> {
  const channel = rig.dm('Ana');
  const root = await rig.say('Ana', 'why did checkout latency jump?', { channel });
  await rig.ended(channel, root);
}

async function decide(): Promise<void> {
  const place = await rig.ask('deploy');
  await rig.until('it asks', () => rig.card(place.channel, place.root, 'approve'));
  const held = await rig.say('Ben', 'and then rest', { channel: place.channel, thread: place.root });
  await rig.until('it is held', () => marks(place, held) === 'hourglass_flowing_sand');
  await rig.press('Chiara', 'approve', place);
  await rig.until('it is taken up', () => !marks(place, held).includes('hourglass'));
  await rig.until('it rests', () => rig.status(place.channel, place.root) === 'active');
}

async function turnPages(): Promise<void> {
  const place = await rig.ask('big input');
  const view = await rig.press('Chiara', 'show', place);
  await rig.slack.act.click({
    user: rig.user('Chiara'),
    channel: '',
    message_ts: '',
    view_id: view?.id ?? '',
    action_id: 'drawbridge:gate:page:1',
  });
  await rig.press('Chiara', 'deny', place);
  await rig.ended(place.channel, place.root);
}

async function giveFiles(): Promise<void> {
  const channel = rig.channel('#data');
  rig.slack.makePrivate(channel);
  const stub = { ...csv, mode: 'stub' as const };
  const root = await rig.say('Ana', '@Drawbridge count these', { channel, files: [csv, stub] });
  await rig.ended(channel, root);
  await rig.say('Ben', 'and once more', { channel, thread: root });
  await rig.ended(channel, root, 2);
}

async function useTools(): Promise<void> {
  for (const text of ['find user Ben', 'read thread']) {
    const { channel, root } = await rig.ask(text);
    await rig.ended(channel, root);
  }
  const { channel, root } = await rig.ask('post message');
  await rig.until('it asks', () => rig.card(channel, root, 'approve'));
  await rig.until('nobody else posts', () => rig.agents.records().openStreams === 0);
  // Whether the post stands has to be looked up.
  rig.slack.faults.apply({ calls: [{ method: 'chat.postMessage', next: 1, fault: { type: 'reset', when: 'after' } }] });
  await rig.press('Ana', 'approve', { channel, root });
  await rig.ended(channel, root);
}

async function chooseForOthers(): Promise<void> {
  const { channel, root } = await rig.ask('hello there');
  await rig.ended(channel, root);
  await rig.until('it is put down', () => rig.agents.records().openStreams === 0);
  rig.slack.act.setPerson({ user: rig.user('Ben'), guest: true });
  await rig.away(async () => void (await rig.say('Ana', 'asked by Ana', { channel, thread: root })));
  const card = await rig.until('it is asked about', () =>
    rig.thread(channel, root).find(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:late:')),
  );
  const action_id = 'drawbridge:late:skip';
  await rig.slack.act.click({ user: rig.user('Ben'), channel, message_ts: card.ts, action_id });
  await rig.until('he is told that he may not', () => rig.whispers('Ben', channel).length > 0);
}

it('is refused nothing with the scopes of the manifest, and calls every method in the table and no other', async () => {
  // One after the other: a click must be answered within three seconds of real time.
  for (const work of [steerAndStop, talkDirectly, decide, turnPages, giveFiles, useTools, chooseForOthers])
    await work();
  const calls = rig.slack.calls();
  expect(calls.filter(({ response }) => response.error === 'missing_scope')).toEqual([]);
  const called = new Set(calls.filter(({ token }) => token === 'bot').map(({ method }) => method));
  expect([...called].sort()).toEqual(Object.keys(BOT_METHODS).sort());
}, 120_000);
