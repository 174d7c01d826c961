import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fastClock } from '../../src/clock.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { createBoltLog } from '../../src/slack/bolt-log.ts';
import { createReader, createWriter } from '../../src/slack/clients.ts';
import { createPacer } from '../../src/slack/pacer/pacer.ts';
import { createPeople } from '../../src/slack/people.ts';
import { createPlaces } from '../../src/slack/places.ts';
import { createWorkspace } from '../../src/slack/workspace.ts';
import type { Workspace } from '../../src/thread/gate-ports.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

const ANA = 'U0ANA00001';
const BEN = 'U0BEN00002';
const GENERAL = 'C0GENERAL1';

let slack: SlackServer;

const workspace = (clock = fastClock(20)): Workspace => {
  const log = pino({ level: 'silent' });
  const webApi = { apiUrl: slack.apiUrl, logger: createBoltLog(log) };
  const reader = createReader(slack.botToken, webApi);
  return createWorkspace({
    client: createWriter(slack.botToken, webApi),
    reader,
    pacer: createPacer({ clock, log, limits: 'none' }),
    people: createPeople(reader, { clock }),
    places: createPlaces(reader, { clock }),
    identity: () => ({ botUserId: slack.botUserId, botId: slack.botId, teamId: slack.teamId }),
    clock,
  });
};
const callsTo = (method: string) => slack.calls().filter((call) => call.method === method);
const fail = (method: string, fault: Record<string, unknown>, next = 1) =>
  slack.faults.apply({ calls: [{ method, next, fault }] });
const say = (text: string, fields: { thread_ts?: string; user?: string } = {}) =>
  slack.act.say({ user: ANA, channel: GENERAL, text, ...fields }).ts;
const threadOf = (root: string, channel = GENERAL) => threadId({ team: slack.teamId, channel, root: root as SlackTs });
const ours = (channel = GENERAL) =>
  (slack.state().channels.find(({ id }) => id === channel)?.messages ?? []).filter(({ bot_id }) => bot_id);

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => slack.stop());

describe('reading a thread', () => {
  it('gives its newest messages by name, oldest first', async () => {
    const root = say('checkout is slow');
    const second = say(`<@${ANA}> which?`, { thread_ts: root, user: BEN });
    const third = say('all of it', { thread_ts: root });
    expect(await workspace().readThread(threadOf(root), { limit: 2 })).toEqual([
      { author: `Ben (${BEN})`, text: `@Ana (${ANA}) which?`, ts: second },
      { author: `Ana (${ANA})`, text: 'all of it', ts: third },
    ]);
  });

  it('gives up to two hundred of them, and no more text than an agent can take', async () => {
    const root = say('the root');
    for (let n = 1; n <= 210; n += 1) say(`${n} ${'x'.repeat(400)}`, { thread_ts: root });
    const read = await workspace().readThread(threadOf(root), { limit: 200 });
    expect(read.at(-1)?.text).toMatch(/^210 /);
    expect(read.length).toBeGreaterThan(140);
    expect(read.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(60_000);
  });

  it('says what to do when it cannot be read', async () => {
    await expect(workspace().readThread(threadOf('1700000000.000100', 'C0RANDOM05'), { limit: 9 })).rejects.toThrow(
      'Nothing of this thread can be read',
    );
    const root = say('hi');
    fail('conversations.replies', { type: 'error', error: 'internal_error' }, 0);
    await expect(workspace().readThread(threadOf(root), { limit: 9 })).rejects.toThrow('Try again in a minute');
  });
});

describe('posting a message', () => {
  it('shows Markdown that pings nobody and unfolds no link', async () => {
    const { ts } = await workspace().postMessage({ channel: GENERAL, text: '**Done** <!channel> @here', key: 'k1' });
    const [message] = ours();
    expect(message?.ts).toBe(ts);
    expect(JSON.stringify(message)).not.toMatch(/<!channel>|@here/);
    expect(message?.blocks).toMatchObject([{ type: 'markdown', text: expect.stringMatching(/^\*\*Done\*\* /) }]);
    const [call] = callsTo('chat.postMessage');
    expect(call?.args).toMatchObject({ metadata: { event_type: 'drawbridge_tool', event_payload: { key: 'k1' } } });
    expect(String(call?.args.unfurl_links)).toBe('false');
  });

  it('goes into a thread', async () => {
    const root = say('hi');
    await workspace().postMessage({ channel: GENERAL, threadTs: root, text: 'there', key: 'k1' });
    expect(ours()).toMatchObject([{ thread_ts: root }]);
  });

  it.each([
    ['C0RANDOM05', /not in that channel\. Ask a person to invite it/],
    ['C0NOWHERE1', /no such channel/],
    ['C0ARCHIVE6', /archived/],
  ])('to %s is refused in words for the agent', async (channel, words) => {
    await expect(workspace().postMessage({ channel, text: 'hi', key: 'k1' })).rejects.toThrow(words);
  });

  it.each([
    ['restricted_action_read_only_channel', /may not write there/],
    ['restricted_action_thread_locked', /locked/],
    ['team_access_not_granted', /refused the message \(team_access_not_granted\)/],
    ['constructor', /refused the message \(constructor\)/],
  ])('that Slack refuses with %s is explained', async (error, words) => {
    fail('chat.postMessage', { type: 'error', error });
    await expect(workspace().postMessage({ channel: GENERAL, text: 'hi', key: 'k1' })).rejects.toThrow(words);
    expect(callsTo('conversations.history')).toHaveLength(0);
  });

  it('that is too long or empty is not tried', async () => {
    const post = (text: string) => workspace().postMessage({ channel: GENERAL, text, key: 'k1' });
    await expect(post('x'.repeat(11_501))).rejects.toThrow('Post it in parts');
    await expect(post(' ')).rejects.toThrow('empty');
    expect(callsTo('chat.postMessage')).toHaveLength(0);
  });

  it.each(['http_500', 'reset'])('whose answer is lost (%s) is found where it stands', async (type) => {
    const root = say('hi');
    await workspace().postMessage({ channel: GENERAL, text: 'another', key: 'k0' });
    for (const threadTs of [root, undefined]) {
      fail('chat.postMessage', { type, when: 'after' });
      const place = { channel: GENERAL, ...(threadTs ? { threadTs } : {}) };
      const { ts } = await workspace().postMessage({ ...place, text: 'there', key: `k ${threadTs}` });
      expect(ours().at(-1)?.ts).toBe(ts);
    }
    expect(ours()).toHaveLength(3);
  });

  it('that did not arrive is reported so', async () => {
    fail('chat.postMessage', { type: 'reset', when: 'before' });
    await expect(workspace().postMessage({ channel: GENERAL, text: 'hi', key: 'k1' })).rejects.toThrow('is not there');
    expect(ours()).toEqual([]);
  });

  it('of which nothing can be learned is reported so', async () => {
    fail('chat.postMessage', { type: 'http_500', when: 'after' });
    fail('conversations.history', { type: 'error', error: 'internal_error' }, 0);
    await expect(workspace().postMessage({ channel: GENERAL, text: 'hi', key: 'k1' })).rejects.toThrow(
      'may or may not be there',
    );
  });

  it('of which too much was written since to learn anything is reported so', async () => {
    for (let n = 0; n < 205; n += 1) say(`${n}`);
    fail('chat.postMessage', { type: 'reset', when: 'before' });
    await expect(workspace().postMessage({ channel: GENERAL, text: 'hi', key: 'k1' })).rejects.toThrow(
      'may or may not be there',
    );
  });

  it('waits for its turn', async () => {
    fail('chat.postMessage', { type: 'rate_limited', retry_after_s: 5 });
    await workspace().postMessage({ channel: GENERAL, text: 'hi', key: 'k1' });
    expect(ours()).toHaveLength(1);
  });

  it('that has to wait too long is given up, and never comes after that', async () => {
    const clock = manualClock();
    fail('chat.postMessage', { type: 'rate_limited', retry_after_s: 60 });
    const posting = workspace(clock).postMessage({ channel: GENERAL, text: 'hi', key: 'k1' });
    const refused = expect(posting).rejects.toThrow('was not posted');
    await expect.poll(() => callsTo('chat.postMessage').length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(30_000);
    await refused;
    clock.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(callsTo('chat.postMessage')).toHaveLength(1);
    expect(ours()).toEqual([]);
  });
});
