import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/playground/agents/scripts/catalogue.ts';
import { longReport } from '../../../src/playground/agents/scripts/long.ts';
import { readWords } from '../../../src/playground/agents/words.ts';
import { follow, type LiveEvent, message, startRig, textOf } from './rig.ts';

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
    ['We had a long discussion and in the end decided that we would rather not deploy this week at all', 'plain'],
  ])('%s → %s', (text, name) => {
    const { text: words } = readWords({
      id: '',
      type: 'user.message',
      processed_at: null,
      content: [{ type: 'text', text }],
    });
    expect(catalogue.find((script) => script.matches(words))?.name).toBe(name);
  });

  it('and every entry of the catalogue says how to get it', () => {
    expect(new Set(catalogue.map((script) => script.name)).size).toBe(catalogue.length);
    for (const script of catalogue) expect(script.trigger && script.shows).toBeTruthy();
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
