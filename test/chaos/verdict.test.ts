import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/slack/reply/markdown-blocks.ts';
import { createPerson, type Person } from './person.ts';
import { judge } from './verdict.ts';
import { scenesNamed } from './walk.ts';
import { startWorld, type World } from './world.ts';

const [scene] = scenesNamed('plain/channel');

let world: World;
let person: Person;
let session: string;

beforeEach(async () => {
  world = await startWorld({ seed: 1, speed: 10 });
  person = createPerson(world, { place: 'channel', patienceMs: 60_000 });
  person.say('what is a drawbridge?');
  const metadata = { slack_thread_ts: person.root() };
  const { agentId: agent, environmentId: environment_id } = world.agents;
  ({ id: session } = await agents('sessions', { agent, environment_id, metadata }));
});
afterEach(() => world.stop());

async function agents(path: string, body: object): Promise<{ id: string }> {
  const { url, apiKey } = world.agents;
  const headers = {
    'x-api-key': apiKey,
    'anthropic-beta': 'managed-agents-2026-04-01',
    'content-type': 'application/json',
  };
  const response = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as { id: string };
}

async function send(ts: string, words = 'what is a drawbridge?'): Promise<void> {
  const texts = [`[Slack message ${ts} from Ana (U0ANA00001) in #ops]`, words];
  const content = texts.map((text) => ({ type: 'text', text }));
  await agents(`sessions/${session}/events`, { events: [{ type: 'user.message', content }] });
}

async function post(text: string, blocks?: unknown[]): Promise<void> {
  const { slack } = world;
  await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: person.channel, thread_ts: person.root(), text, ...(blocks && { blocks }) }),
  });
}

/** Resolves with what the agent has said. */
async function answered(): Promise<string[]> {
  const idle = () => person.events().some(({ type }) => type === 'session.status_idle');
  await person.until('it answers', idle);
  return person
    .events()
    .filter(({ type }) => type === 'agent.message')
    .map(({ content }) => (content as { text: string }[])[0]?.text ?? '');
}

function judged() {
  if (!scene) throw new Error('there is no such scene');
  return judge({ ...scene, troubles: [], person, world });
}

function verdict(): string {
  const { missing, wrong } = judged();
  return [...missing, ...wrong].join('\n');
}

const FOOTER = '2 s · $0.02 list price';

it('finds nothing wrong with a message that was sent once and answered once', async () => {
  await send(person.root());
  for (const text of await answered()) await post(`${text}\n\n${FOOTER}`);
  expect(verdict()).toBe('');
});

it('finds a message that was lost', async () => {
  expect(verdict()).toContain('has not reached the session');
});

it('finds a message that was sent twice', async () => {
  await send(person.root());
  await send(person.root());
  expect(verdict()).toContain('was sent twice');
});

it('finds messages out of order', async () => {
  const later = person.say('and who lowers it?');
  await send(later);
  await send(person.root());
  expect(verdict()).toContain('out of order');
});

it('finds an answer that is missing, cut short, or doubled', async () => {
  await send(person.root());
  const [text = ''] = await answered();
  expect(verdict()).toContain('does not stand in the thread');
  await post(text.slice(0, -1));
  expect(verdict()).toContain('does not stand in the thread');
  await post(text);
  await post(`${text}${FOOTER}`);
  expect(verdict()).toContain('stands 2 times in the thread');
});

it('knows a table that stands as one of Slack’s, and misses a row of it', async () => {
  await send(person.root(), 'table');
  const [text = ''] = await answered();
  const { blocks } = renderMarkdown(text, { title: '' });
  expect(blocks).toContainEqual(expect.objectContaining({ type: 'table' }));
  const short = blocks.map((block) => (block.type === 'table' ? { ...block, rows: block.rows.slice(0, -1) } : block));
  await post('cut short', short);
  expect(verdict()).toContain('does not stand in the thread');
  await post(FOOTER, blocks);
  expect(verdict()).not.toContain('stand in the thread,');
  expect(verdict()).not.toContain('does not stand');
});

it('finds a second session and a turn without its end', async () => {
  const { agentId: agent, environmentId: environment_id } = world.agents;
  await agents('sessions', { agent, environment_id, metadata: { slack_thread_ts: person.root() } });
  await send(person.root());
  await answered();
  expect(verdict()).toMatch(/has 2 sessions/);
  expect(verdict()).toMatch(/1 turns ended, and 0 footers/);
});

it('finds what looks as if somebody were still at work', async () => {
  const { slack } = world;
  await fetch(`${slack.apiUrl}agents.sessions.setStatus`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel_id: person.channel, thread_ts: person.root(), status: 'processing' }),
  });
  expect(verdict()).toContain('left processing');
});

it('waits for one of two that are alike to go, and does not let them both stay', async () => {
  await post('Working on it…');
  await post('Working on it…');
  const { missing, wrong } = judged();
  expect(missing).toContainEqual(expect.stringMatching(/repeats the message before it/));
  expect(wrong).not.toContainEqual(expect.stringMatching(/repeats/));
});
