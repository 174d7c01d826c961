import { describe, expect, it } from 'vitest';
import { follow, message, startRig, textOf } from './rig.ts';

describe('one turn', () => {
  it('sends its events in the documented order', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    await client.beta.sessions.events.send(id, { events: [message('hello there')] });
    await live.idle();
    const types = live.types().filter((type, at, all) => type !== 'event_delta' || all[at - 1] !== 'event_delta');
    expect(types).toEqual([
      'user.message',
      'session.status_running',
      'session.thread_status_running',
      'user.message',
      'span.model_request_start',
      'event_start',
      'agent.thinking',
      'event_start',
      'event_delta',
      'agent.message',
      'span.model_request_end',
      'session.thread_status_idle',
      'session.usage',
      'session.status_idle',
    ]);
  });

  it('echoes a message queued, then stamped under the same id', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    const sent = await client.beta.sessions.events.send(id, { events: [message('hello')] });
    await live.idle();
    const echoes = live.events.filter((event) => event.type === 'user.message');
    expect(sent.data?.[0]).toMatchObject({ type: 'user.message', processed_at: null });
    expect(echoes.map((event) => event.id)).toEqual([sent.data?.[0]?.id, sent.data?.[0]?.id]);
    expect(echoes[0]?.processed_at).toBeNull();
    expect(Date.parse(String(echoes[1]?.processed_at))).toBeGreaterThan(0);
  });

  it('answers with what was asked and greets by the name in the header', async () => {
    const { client, createSession } = await startRig();
    const { id } = await createSession();
    const live = await follow(client, id);
    const header = '[Slack message 1700000000.000100 from Ana (U1) in #ops]';
    await client.beta.sessions.events.send(id, { events: [message(header, 'where is the runbook?')] });
    await live.idle();
    const answer = textOf(live.events.find((event) => event.type === 'agent.message'));
    expect(answer).toContain('Ana');
    expect(answer).toContain('where is the runbook?');
    expect(answer).not.toContain('1700000000');
  });
});
