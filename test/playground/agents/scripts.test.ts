import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/playground/agents/scripts/catalogue.ts';
import { longReport } from '../../../src/playground/agents/scripts/long.ts';
import { readWords } from '../../../src/playground/agents/words.ts';
import { follow, type LiveEvent, message, startRig, textOf } from './rig.ts';

const spoken = (events: LiveEvent[]) => events.filter((event) => event.type === 'agent.message').map(textOf);

/** Plays a script, gives each of its questions this answer until none is left. */
async function decide(text: string, answer: (call: LiveEvent) => object) {
  const { client, createSession, follow } = await startRig();
  const { id } = await createSession();
  const live = await follow(id);
  await client.beta.sessions.events.send(id, { events: [message(text)] });
  const asked: LiveEvent[] = [];
  for (let idle = await live.idle(); reasonOf(idle) === 'requires_action'; ) {
    const open = live.events.filter(
      (event) =>
        !asked.includes(event) && (event.type === 'agent.custom_tool_use' || event.evaluated_permission === 'ask'),
    );
    asked.push(...open);
    const from = live.events.length;
    await client.beta.sessions.events.send(id, { events: open.map(answer) as never });
    idle = await live.idle(from);
  }
  return { asked, said: spoken(live.events).at(-1) ?? '' };
}
const inputOf = ([call]: LiveEvent[]) => (call?.input ?? {}) as Record<string, string>;
const reasonOf = (idle: LiveEvent) => (idle.stop_reason as { type: string }).type;
const allow = (call: LiveEvent) => ({ type: 'user.tool_confirmation', tool_use_id: call.id, result: 'allow' });
const deny = (call: LiveEvent) => ({ ...allow(call), result: 'deny', deny_message: 'not on a Friday' });
const say =
  (text: string, is_error = false) =>
  (call: LiveEvent) => ({
    type: 'user.custom_tool_result',
    custom_tool_use_id: call.id,
    content: [{ type: 'text', text }],
    is_error,
  });

async function play(text: string) {
  const { client, createSession } = await startRig();
  const { id } = await createSession();
  const live = await follow(client, id, { previews: false });
  await client.beta.sessions.events.send(id, { events: [message(text)] });
  const last = await live.until(
    (event) => event.type === 'session.status_idle' || event.type === 'session.status_terminated',
  );
  return { live, last, client, id };
}
const errorsOf = (events: LiveEvent[]) => events.filter((event) => event.type === 'session.error');

describe('what is typed chooses the script', () => {
  it.each([
    ['why did checkout latency jump?', 'tools'],
    ['@Drawbridge deploy checkout please', 'approve'],
    ['take your time', 'slow'],
    ['answer for 6 minutes', 'minutes'],
    ['minutes 4', 'minutes'],
    ['long', 'long'],
    ['how long does it take?', 'plain'],
    ['help', 'help'],
    ['why did it crash last night in production?', 'plain'],
    ['crash', 'crash'],
    ['an error', 'error'],
    ['mcp error', 'mcp error'],
    ['many questions 9', 'many questions'],
    ['look at /mnt/session/uploads/a.csv', 'csv'],
    ['what is this?\n[file: a.csv, text/csv, 12 kB, mounted at /mnt/session/uploads/a.csv]', 'csv'],
    ['what is this?\n[file: a.zip, application/zip, 12 kB, mounted at /mnt/session/uploads/a.zip]', 'files'],
    ['[file: a.gdoc could not be read: it is kept outside Slack]', 'files'],
    ['ten files', 'ten files'],
    ['again', 'ten files'],
    ['no output', 'no output'],
    ['empty output', 'empty output'],
    ['big output', 'big output'],
    ['3 MB output', 'big output'],
    ['edit', 'edit'],
    ['form', 'form'],
    ['yes or no', 'yes or no'],
    ['big input', 'big input'],
    ['bad input', 'bad input'],
    ['secrets', 'secrets'],
    ['two at once', 'at once'],
    ['12 at once please', 'at once'],
    ['find user Ben', 'find user'],
    ['read thread', 'read thread'],
    ['post message', 'post message'],
    ['unknown tool', 'unknown tool'],
    ['spend', 'budget'],
    ['what form does the answer take, and why?', 'plain'],
    ['We had a long discussion and in the end decided that we would rather not deploy this week at all', 'plain'],
  ])('%s → %s', (text, name) => {
    const { text: words, files } = readWords({
      id: '',
      type: 'user.message',
      processed_at: null,
      content: [{ type: 'text', text }],
    });
    expect(catalogue.find((script) => script.matches(words, files))?.name).toBe(name);
  });

  it('and every entry of the catalogue says how to get it', () => {
    expect(new Set(catalogue.map((script) => script.name)).size).toBe(catalogue.length);
    for (const script of catalogue) expect(script.trigger && script.shows).toBeTruthy();
  });
});

describe('what people decide', () => {
  it.each(['deploy', 'edit', 'secrets', 'big input', 'three at once'])('is followed: %s', async (text) => {
    const allowed = await decide(text, allow);
    expect(allowed.asked.length).toBeGreaterThanOrEqual(1);
    const denied = await decide(text, deny);
    expect(denied.said).toContain('because: not on a Friday');
    expect(denied.said).not.toBe(allowed.said);
  });

  it('a change is asked about as old and new text, and then a new file', async () => {
    const { asked, said } = await decide('edit', allow);
    expect(asked.map(({ name }) => name)).toEqual(['edit', 'write']);
    const { old_string = '', new_string = '' } = inputOf(asked);
    expect(old_string.split('\n').length).toBeGreaterThan(9);
    expect(new_string).not.toBe(old_string);
    expect(said).toContain('wrote `docs/retries.md`');
  });

  it('the last line of a big input is what matters, and no secret of the script is real', async () => {
    const { asked } = await decide('big input', deny);
    const { command = '' } = inputOf(asked);
    expect(command.length).toBeGreaterThan(200_000);
    expect(command.slice(-120)).toContain('DELETE FROM orders');
    const hidden = inputOf((await decide('secrets', deny)).asked);
    expect(hidden.command).toMatch(/AKIA.*EXAMPLE[\s\S]*Bearer [\s\S]*:\/\/\w+:[^@]+@/);
  });

  it.each([
    ['form', 'ask_user', '{"title":"v2","share":10}', '- share: 10'],
    ['yes or no', 'ask_user', 'perhaps', 'You said: perhaps'],
    ['yes or no', 'ask_user', '{"drain":true}', 'You said: yes'],
    ['yes or no', 'ask_user', '{"drain":false}', 'You said: no'],
    ['ask me', 'ask_user', 'staging', 'You said: staging'],
    ['find user ben', 'slack_find_user', 'Ben Okafor (U0BEN00002)', '> Ben Okafor'],
    ['read thread', 'slack_read_thread', 'Ana: hello', '> Ana: hello'],
    ['post message', 'slack_post_message', 'posted', 'I posted it'],
    ['bad input', 'ask_user', 'ok', 'still was answered: ok'],
    ['unknown tool', 'launch_rocket', 'ok', 'it says: ok'],
  ])('%s: what %s gives back is said, and so is its error', async (text, tool, result, expected) => {
    const { asked, said } = await decide(text, say(result));
    expect(asked.map(({ name }) => name)).toEqual([tool]);
    expect(said).toContain(expected);
    const failed = await decide(text, say('nobody answered in time', true));
    expect(failed.said).toContain('nobody answered in time');
    expect(failed.said).not.toContain(expected);
  });
});

describe('scripts', () => {
  it('answer help with the whole catalogue', async () => {
    const { live } = await play('help');
    const said = textOf(live.events.find((event) => event.type === 'agent.message'));
    for (const script of catalogue) expect(said).toContain(script.trigger);
  });

  it('investigate in several rounds of different tools with text between them', async () => {
    const { live } = await play('why did checkout latency jump?');
    const uses = live.events.filter((event) => event.type === 'agent.tool_use').map((event) => event.name);
    expect(uses).toEqual(['bash', 'grep', 'read', 'web_search']);
    expect(live.events.filter((event) => event.type === 'agent.message').length).toBeGreaterThanOrEqual(3);
  });

  it('write a long answer that is always the same', async () => {
    const { live } = await play('long');
    const said = textOf(live.events.find((event) => event.type === 'agent.message'));
    expect(said).toBe(longReport());
    expect(said.length).toBeGreaterThanOrEqual(45_000);
    expect((said.match(/^```/gm)?.length ?? 1) % 2).toBe(0);
  });

  it('go on after an error that is retried', async () => {
    const { live, last } = await play('error');
    expect(errorsOf(live.events)[0]).toMatchObject({ error: { retry_status: { type: 'retrying' } } });
    expect(last.stop_reason).toEqual({ type: 'end_turn' });
  });

  it('give up when retries are exhausted, and answer the next message', async () => {
    const { live, last, client, id } = await play('overloaded');
    expect(errorsOf(live.events)[0]).toMatchObject({ error: { retry_status: { type: 'exhausted' } } });
    expect(last.stop_reason).toEqual({ type: 'retries_exhausted' });
    await client.beta.sessions.events.send(id, { events: [message('hello')] });
    expect((await live.idle(live.events.indexOf(last) + 1)).stop_reason).toEqual({ type: 'end_turn' });
  });

  it('refuse with details but no category', async () => {
    const { last } = await play('refuse');
    expect(last).toMatchObject({
      stop_reason: { type: 'refusal' },
      stop_details: { type: 'refusal', category: null, explanation: null },
    });
  });

  it('end the session on a terminal error', async () => {
    const { live, last, client, id } = await play('crash');
    expect(last.type).toBe('session.status_terminated');
    expect(errorsOf(live.events)[0]).toMatchObject({ error: { retry_status: { type: 'terminal' } } });
    expect((await client.beta.sessions.retrieve(id)).status).toBe('terminated');
    await expect(client.beta.sessions.events.send(id, { events: [message('x')] })).rejects.toThrow('terminated');
  });

  it('are rescheduled and go on', async () => {
    const { live } = await play('reschedule');
    const types = live.types();
    expect(types.indexOf('session.status_rescheduled')).toBeLessThan(types.lastIndexOf('session.status_running'));
  });

  it('send what no client knows', async () => {
    const { live, last } = await play('unknown event');
    expect(live.types()).toContain('agent.telepathy');
    expect(last.stop_reason).toEqual({ type: 'waiting_for_moonrise' });
  });

  it('reach the budget', async () => {
    const { last } = await play('budget');
    expect(last.stop_reason).toEqual({ type: 'budget_reached' });
  });

  it('go on without an MCP server', async () => {
    const { live, last } = await play('mcp error');
    expect(errorsOf(live.events)[0]).toMatchObject({
      error: { type: 'mcp_authentication_failed_error', mcp_server_name: 'linear' },
    });
    expect(last.stop_reason).toEqual({ type: 'end_turn' });
  });

  it('that break are told as a failed turn', async () => {
    const broken = {
      name: 'b',
      trigger: 'b',
      shows: 'b',
      matches: () => true,
      run: () => Promise.reject(new Error('oops')),
    };
    const { client, createSession } = await startRig({ scripts: [broken] });
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('x')] });
    expect((await live.idle()).stop_reason).toEqual({ type: 'retries_exhausted' });
    expect(errorsOf(live.events)[0]).toMatchObject({ error: { type: 'unknown_error', message: 'oops' } });
  });
});
