import type { KnownBlock } from '@slack/types';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, fastClock, realClock } from '../../src/clock.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { createBoltLog } from '../../src/slack/bolt-log.ts';
import { createReader, createWriter } from '../../src/slack/clients.ts';
import { createConversation } from '../../src/slack/conversation.ts';
import { createPeople } from '../../src/slack/people.ts';
import { createPlaces } from '../../src/slack/places.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import type { MessageInput } from '../../src/thread/input.ts';
import type { Conversation } from '../../src/thread/ports.ts';

const GENERAL = 'C0GENERAL1';
const OPS = 'C0OPS00002';
const RANDOM = 'C0RANDOM05';
const GROUP = 'G0GROUPDM1';
const ANA = 'U0ANA00001';
const BEN = 'U0BEN00002';

let slack: SlackServer;
let nowMs: number;
const clock: Clock = { now: () => nowMs, after: () => () => {} };

const logger = createBoltLog(pino({ level: 'silent' }));
const reader = () => createReader(slack.botToken, { apiUrl: slack.apiUrl, logger });
const writer = () => createWriter(slack.botToken, { apiUrl: slack.apiUrl, logger });
const callsTo = (method: string) => slack.calls().filter((call) => call.method === method).length;
const fail = (method: string, error: string, next = 1) =>
  slack.faults.apply({ calls: [{ method, next, fault: { type: 'error', error } }] });

function conversation(waits: Clock = clock): Conversation {
  const lookUps = reader();
  return createConversation({
    reader: lookUps,
    people: createPeople(lookUps, { clock }),
    places: createPlaces(lookUps, { clock }),
    identity: () => ({ botUserId: slack.botUserId, botId: slack.botId, teamId: slack.teamId }),
    clock: waits,
  });
}

beforeEach(async () => {
  slack = await startSlackServer({ clock: realClock });
  nowMs = 1_700_000_000_000;
});

afterEach(() => slack.stop());

describe('people', () => {
  it('are looked up once an hour, however many ask at once', async () => {
    const people = createPeople(reader(), { clock });
    expect(await Promise.all([people.name(ANA), people.name(ANA), people.name(BEN)])).toEqual(['Ana', 'Ana', 'Ben']);
    nowMs += 3_599_000;
    await people.name(ANA);
    expect(callsTo('users.info')).toBe(2);
    nowMs += 2_000;
    await people.name(ANA);
    expect(callsTo('users.info')).toBe(3);
  });

  it('go by their id while Slack cannot say, and are asked for again soon', async () => {
    const people = createPeople(reader(), { clock });
    fail('users.info', 'user_not_found');
    expect(await people.name(ANA)).toBe(ANA);
    expect(await people.name(ANA)).toBe(ANA);
    expect(callsTo('users.info')).toBe(1);
    nowMs += 31_000;
    expect(await people.name(ANA)).toBe('Ana');
  });
});

describe('places', () => {
  it.each([
    [GENERAL, '#general'],
    [GROUP, 'a group message'],
    ['D0DIRECT01', 'a direct message'],
    ['C0NOWHERE', 'C0NOWHERE'],
  ])('are named as people know them: %s is %s', async (channel, label) => {
    expect(await createPlaces(reader(), { clock }).label(channel)).toBe(label);
  });

  it('are channels, direct messages or those of several, and nothing while Slack cannot say', async () => {
    const places = createPlaces(reader(), { clock });
    const kinds = await Promise.all([GENERAL, GROUP, 'D0DIRECT01'].map((channel) => places.kind(channel)));
    expect(kinds).toEqual(['channel', 'group_dm', 'dm']);
    await expect(places.kind('C0NOWHERE')).rejects.toThrow('Slack did not say what C0NOWHERE is');
  });

  it('ask Slack nothing about a direct message, and once about a channel', async () => {
    const places = createPlaces(reader(), { clock });
    await places.label('D0DIRECT01');
    expect(callsTo('conversations.info')).toBe(0);
    await places.label(OPS);
    await places.label(OPS);
    expect(callsTo('conversations.info')).toBe(1);
  });
});

describe('a message as the agent reads it', () => {
  const input = (fields: Partial<MessageInput>): MessageInput => ({
    type: 'message',
    thread: threadId({ team: slack.teamId, channel: OPS, root: '1700000000.000100' as SlackTs }),
    ts: '1700000000.000200' as SlackTs,
    author: ANA,
    authorTeam: slack.teamId,
    text: '',
    files: [],
    addressed: true,
    ...fields,
  });

  it('names its author, its place, and everyone and everything it mentions', async () => {
    const text = `ask <@${BEN}> in <#${GENERAL}> &amp; see <https://db.example|the graph>`;
    expect(await conversation().read(input({ text }))).toEqual({
      marker: { ts: '1700000000.000200', author: { id: ANA, name: 'Ana' }, place: '#ops' },
      text: `ask @Ben (${BEN}) in #general & see the graph (https://db.example)`,
    });
  });

  it('leaves its files to whoever brings them', async () => {
    const file = { id: 'F1', url: null, mode: 'hosted' as const, name: 'a.csv', mimetype: 'text/csv', size: 1 };
    expect(await conversation().read(input({ text: 'see', files: [file] }))).toMatchObject({ text: 'see' });
  });

  it('stays readable when Slack cannot be asked', async () => {
    slack.faults.apply({ calls: [{ method: '*', next: 0, fault: { type: 'rate_limited', retry_after_s: 60 } }] });
    expect(await conversation().read(input({ text: `<@${BEN}> hi` }))).toEqual({
      marker: { ts: '1700000000.000200', author: { id: ANA, name: ANA }, place: OPS },
      text: `@${BEN} hi`,
    });
  });
});

describe('what was said so far', () => {
  const say = (text: string, fields: { thread_ts?: string; user?: string } = {}) =>
    slack.act.say({ user: ANA, channel: GENERAL, text, ...fields }).ts as SlackTs;
  const threadOf = (root: string, channel = GENERAL) =>
    threadId({ team: slack.teamId, channel, root: root as SlackTs });

  it('is every message before the mention, by name, ours and other files included', async () => {
    const root = say('checkout is slow');
    await writer().chat.postMessage({ channel: GENERAL, thread_ts: root, text: 'Looking at &lt;db-3&gt;' });
    const file = { name: 'p99.csv', base64: Buffer.from('a,b').toString('base64') };
    slack.act.say({ user: BEN, channel: GENERAL, text: `<@${ANA}> see`, thread_ts: root, files: [file] });
    const mention = say(`<@${slack.botUserId}> why?`, { thread_ts: root });
    say('and later', { thread_ts: root });
    expect(await conversation().soFar(threadOf(root), mention)).toEqual({
      leftOut: 0,
      lines: [
        { author: `Ana (${ANA})`, text: 'checkout is slow' },
        { author: 'Drawbridge (you)', text: 'Looking at <db-3>' },
        {
          author: `Ben (${BEN})`,
          text: expect.stringMatching(/^@Ana \(U0ANA00001\) see\n\[attached: p99\.csv, .*3 bytes\]$/),
        },
      ],
    });
  });

  it('is what we said between our steps too, but not the steps', async () => {
    const root = say('checkout is slow');
    const post = (key: string, text: string, blocks: KnownBlock[]) =>
      writer().chat.postMessage({
        channel: GENERAL,
        thread_ts: root,
        text,
        blocks,
        metadata: { event_type: 'drawbridge_reply', event_payload: { key, turn: root } },
      });
    const plan: KnownBlock = {
      type: 'plan',
      title: '1 step',
      tasks: [{ task_id: 't1', title: 'ls', status: 'complete' }],
    };
    await post('live:start:0', 'The cache is cold.', [plan, { type: 'markdown', text: 'The cache is cold.' }]);
    await post('live:n1:0', '1 step', [plan]);
    const mention = say(`<@${slack.botUserId}> why?`, { thread_ts: root });
    const { lines } = (await conversation().soFar(threadOf(root), mention)) ?? {};
    expect(lines?.map(({ text }) => text)).toEqual(['checkout is slow', 'The cache is cold.']);
  });

  it('is nothing for a message that roots its thread, and Slack is not asked', async () => {
    const root = say('first words');
    expect(await conversation().soFar(threadOf(root), root)).toBeNull();
    expect(callsTo('conversations.replies')).toBe(0);
  });

  it('keeps the newest 50 of several pages and counts the rest', async () => {
    const root = say('the root');
    for (let i = 1; i <= 420; i++) say(`reply ${i}`, { thread_ts: root });
    const mention = say(`<@${slack.botUserId}> sum up`, { thread_ts: root });
    const soFar = await conversation().soFar(threadOf(root), mention);
    expect(soFar?.lines).toHaveLength(50);
    expect(soFar?.lines.at(0)?.text).toBe('reply 371');
    expect(soFar?.lines.at(-1)?.text).toBe('reply 420');
    expect(soFar?.leftOut).toBe(371);
    expect(callsTo('conversations.replies')).toBe(3);
  });

  it('reads no more than five pages, and counts what it did not reach', async () => {
    const root = say('the root');
    for (let i = 1; i <= 1_100; i++) say(`reply ${i}`, { thread_ts: root });
    const mention = say(`<@${slack.botUserId}> sum up`, { thread_ts: root });
    const soFar = await conversation().soFar(threadOf(root), mention);
    expect(callsTo('conversations.replies')).toBe(5);
    expect(soFar?.lines).toHaveLength(50);
    expect(soFar?.leftOut).toBeGreaterThanOrEqual(1_101 - 50);
  });

  it('keeps to 20,000 characters, newest first, and never nothing', async () => {
    const root = say('x'.repeat(15_000));
    say('y'.repeat(15_000), { thread_ts: root });
    const mention = say('why?', { thread_ts: root });
    const soFar = await conversation().soFar(threadOf(root), mention);
    expect(soFar).toMatchObject({ leftOut: 1, lines: [{ text: 'y'.repeat(15_000) }] });

    const long = say('z'.repeat(30_000));
    const after = say('why?', { thread_ts: long });
    expect(await conversation().soFar(threadOf(long), after)).toMatchObject({
      leftOut: 0,
      lines: [{ text: 'z'.repeat(20_000) }],
    });
  });

  it.each(['missing_scope', 'thread_not_found', 'not_in_channel', 'channel_not_found'])(
    'is nothing when Slack does not let us read: %s',
    async (error) => {
      fail('conversations.replies', error);
      expect(await conversation().soFar(threadOf('1700000000.000100'), '1700000000.000200' as SlackTs)).toBeNull();
    },
  );

  it('is nothing in a channel where the bot is not', async () => {
    const root = slack.act.say({ user: ANA, channel: RANDOM, text: 'hi' }).ts;
    const later = '9999999999.000000' as SlackTs;
    expect(await conversation().soFar(threadOf(root, RANDOM), later)).toBeNull();
  });

  it('reads again when Slack asks for patience, as long as that is short', async () => {
    const { ts: root } = slack.act.say({ user: ANA, channel: GENERAL, text: 'the deploy failed' });
    const limit = (seconds: number) =>
      slack.faults.apply({
        calls: [{ method: 'conversations.replies', next: 2, fault: { type: 'rate_limited', retry_after_s: seconds } }],
      });
    const asked = () => conversation(fastClock(100)).soFar(threadOf(root), '9999999999.000000' as SlackTs);
    limit(2);
    expect(await asked()).toMatchObject({ lines: [{ text: 'the deploy failed' }] });
    limit(600);
    await expect(asked()).rejects.toMatchObject({ retryAfter: 600 });
  });

  it('rejects when Slack fails, so that whoever asked can ask again', async () => {
    const root = say('hi');
    fail('conversations.replies', 'internal_error');
    await expect(conversation().soFar(threadOf(root), '9999999999.000000' as SlackTs)).rejects.toMatchObject({
      data: { error: 'internal_error' },
    });
  });
});
