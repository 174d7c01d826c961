import { describe, expect, it } from 'vitest';
import { isRawEvent, type RawEvent, translate } from '../../src/sessions/translate.ts';

const AT = '2026-11-01T10:00:00.123Z';
const HEARD = '2026-11-01T10:00:09.000Z';

/** The API's JSON as it comes: what the SDK types say about it is not promised at run time. */
function read(json: Record<string, unknown>) {
  return translate(json as unknown as RawEvent, HEARD);
}

function server(type: string, fields: Record<string, unknown> = {}) {
  return read({ id: 'sevt_1', type, processed_at: AT, ...fields });
}

describe('what people sent', () => {
  const marker = '[Slack message 1700000000.000100 from Ana (U1) in #ops]';
  const message = (content: unknown, at: string | null = null) =>
    read({ id: 'sevt_1', type: 'user.message', processed_at: at, content });

  it('finds the Slack ts and the author in the marker block and keeps a queued message without a time', () => {
    const blocks = [
      { type: 'text', text: marker },
      { type: 'text', text: 'hello' },
    ];
    expect(message(blocks)).toEqual({
      type: 'user.message',
      id: 'sevt_1',
      at: null,
      slackTs: '1700000000.000100',
      author: 'U1',
    });
    expect(message(blocks, AT)).toMatchObject({ at: AT });
  });

  it('does not believe a marker that stands anywhere but in the first block', () => {
    expect(
      message([
        { type: 'text', text: 'hello' },
        { type: 'text', text: marker },
      ]),
    ).toMatchObject({ slackTs: null });
    expect(
      message([
        { type: 'image', source: {} },
        { type: 'text', text: marker },
      ]),
    ).toMatchObject({ slackTs: null });
    expect(message([{ type: 'text', text: `so ${marker}` }])).toMatchObject({ slackTs: null });
  });

  it('reads a message without content, or with a content of the wrong shape, as one that is not ours', () => {
    for (const content of [undefined, null, [], 'text', [null], [{ type: 'text' }]]) {
      expect(message(content)).toMatchObject({ type: 'user.message', slackTs: null });
    }
  });

  it('translates interrupts, confirmations and custom results', () => {
    expect(read({ id: '', type: 'user.interrupt' })).toEqual({ type: 'user.interrupt', at: null });
    expect(
      read({ id: 'sevt_2', type: 'user.tool_confirmation', processed_at: AT, tool_use_id: 'sevt_1', result: 'allow' }),
    ).toEqual({ type: 'user.tool_confirmation', at: AT, toolUseId: 'sevt_1', result: 'allow' });
    expect(read({ id: 'sevt_2', type: 'user.tool_confirmation', tool_use_id: 'sevt_1', result: 'deny' })).toMatchObject(
      {
        at: null,
        result: 'deny',
      },
    );
    expect(
      read({ id: 'sevt_2', type: 'user.custom_tool_result', processed_at: AT, custom_tool_use_id: 'sevt_1' }),
    ).toEqual({ type: 'user.custom_tool_result', at: AT, toolUseId: 'sevt_1', isError: false });
  });
});

describe('what the agent does', () => {
  it('joins the text blocks of a message and names redacted ones', () => {
    const content = [{ type: 'text', text: 'Hel' }, { type: 'redacted' }, { type: 'text', text: 'lo' }];
    expect(server('agent.message', { content })).toEqual({
      type: 'agent.message',
      id: 'sevt_1',
      at: AT,
      text: 'Hel[redacted]lo',
    });
    expect(server('agent.message')).toMatchObject({ text: '' });
  });

  it('passes thinking on as a sign of life', () => {
    expect(server('agent.thinking')).toEqual({ type: 'agent.thinking', at: AT });
  });

  const asks = (type: string, permission?: unknown) => {
    const event = server(type, { name: 'bash', input: {}, evaluated_permission: permission });
    return event.type === 'agent.tool_use' ? event.tool.asks : undefined;
  };

  it('asks people about a built-in tool only when the API says ask, or something unknown', () => {
    expect(asks('agent.tool_use', 'allow')).toBe(false);
    expect(asks('agent.tool_use', 'deny')).toBe(false);
    expect(asks('agent.tool_use', undefined)).toBe(false);
    expect(asks('agent.tool_use', 'ask')).toBe(true);
    expect(asks('agent.tool_use', 'maybe')).toBe(true);
  });

  it('asks people about an MCP tool unless the API says otherwise, and always about a custom tool', () => {
    expect(asks('agent.mcp_tool_use', 'allow')).toBe(false);
    expect(asks('agent.mcp_tool_use', 'deny')).toBe(false);
    expect(asks('agent.mcp_tool_use', 'ask')).toBe(true);
    expect(asks('agent.mcp_tool_use', undefined)).toBe(true);
    expect(asks('agent.custom_tool_use', 'allow')).toBe(true);
  });

  it('keeps name, input and server of a call, and survives a call without them', () => {
    const input = { command: 'npm test' };
    expect(server('agent.tool_use', { name: 'bash', input, session_thread_id: 'sthr_1' })).toEqual({
      type: 'agent.tool_use',
      id: 'sevt_1',
      at: AT,
      tool: { kind: 'built-in', name: 'bash', input, asks: false },
      childId: 'sthr_1',
    });
    expect(server('agent.mcp_tool_use', { name: 'list', input: {}, mcp_server_name: 'linear' })).toMatchObject({
      tool: { kind: 'mcp', name: 'list', server: 'linear' },
    });
    expect(server('agent.custom_tool_use', { input: 'no object' })).toMatchObject({
      tool: { kind: 'custom', name: '', input: {} },
    });
  });

  it('ties results of built-in and MCP tools to their calls', () => {
    expect(server('agent.tool_result', { tool_use_id: 'sevt_7', is_error: true })).toEqual({
      type: 'agent.tool_result',
      at: AT,
      toolUseId: 'sevt_7',
      isError: true,
    });
    expect(server('agent.mcp_tool_result', { mcp_tool_use_id: 'sevt_8', is_error: null })).toEqual({
      type: 'agent.tool_result',
      at: AT,
      toolUseId: 'sevt_8',
      isError: false,
    });
  });
});

describe('live previews', () => {
  const delta = (delta: unknown) => read({ type: 'event_delta', event_id: 'sevt_2', delta });

  it('starts a preview for messages, not for thinking', () => {
    expect(read({ type: 'event_start', event: { type: 'agent.message', id: 'sevt_2' } })).toEqual({
      type: 'event_start',
      eventId: 'sevt_2',
    });
    expect(read({ type: 'event_start', event: { type: 'agent.thinking', id: 'sevt_3' } })).toEqual({
      type: 'ignored',
      name: 'event_start',
    });
    expect(read({ type: 'event_start' })).toMatchObject({ type: 'ignored' });
  });

  it('passes pieces of the first block, whose index may be left out', () => {
    const content = { type: 'text', text: 'Hel' };
    const piece = { type: 'event_delta', eventId: 'sevt_2', text: 'Hel' };
    expect(delta({ type: 'content_delta', content })).toEqual(piece);
    expect(delta({ type: 'content_delta', index: 0, content })).toEqual(piece);
  });

  it('drops pieces of later blocks, which need not continue the text', () => {
    expect(delta({ type: 'content_delta', index: 1, content: { type: 'text', text: 'x' } })).toMatchObject({
      type: 'ignored',
    });
    expect(delta({ type: 'other_delta' })).toMatchObject({ type: 'ignored' });
  });
});

describe('the session', () => {
  it.each(['end_turn', 'retries_exhausted', 'budget_reached', 'refusal'])('knows the stop reason %s', (reason) => {
    expect(server('session.status_idle', { stop_reason: { type: reason }, stop_details: null })).toEqual({
      type: 'session.status_idle',
      id: 'sevt_1',
      at: AT,
      reason,
      eventIds: [],
    });
  });

  it('lists what a session waits for', () => {
    const stop_reason = { type: 'requires_action', event_ids: ['sevt_7', 'sevt_8'] };
    expect(server('session.status_idle', { stop_reason })).toMatchObject({
      reason: 'requires_action',
      eventIds: ['sevt_7', 'sevt_8'],
    });
  });

  it('calls every other stop reason, or none, other', () => {
    expect(server('session.status_idle', { stop_reason: { type: 'moon_phase' } })).toMatchObject({ reason: 'other' });
    expect(server('session.status_idle', { stop_reason: null })).toMatchObject({ reason: 'other' });
    expect(server('session.status_idle')).toMatchObject({ reason: 'other', eventIds: [] });
  });

  it('passes running, rescheduled, terminated and deleted', () => {
    expect(server('session.status_running')).toEqual({ type: 'session.status_running', id: 'sevt_1', at: AT });
    expect(server('session.status_rescheduled')).toEqual({ type: 'session.status_rescheduled', at: AT });
    expect(server('session.status_terminated')).toEqual({ type: 'session.status_terminated', id: 'sevt_1', at: AT });
    expect(read({ type: 'session.deleted' })).toEqual({ type: 'session.deleted' });
  });

  it('says of an error what it is about and whether the API goes on by itself', () => {
    const fault = (error: unknown) => {
      const event = server('session.error', { error });
      return event.type === 'session.error' ? event.error : undefined;
    };
    expect(
      fault({
        type: 'mcp_authentication_failed_error',
        message: 'secret words',
        retry_status: { type: 'retrying' },
        mcp_server_name: 'linear',
      }),
    ).toEqual({ type: 'mcp_authentication_failed_error', retry: 'retrying', subject: 'linear' });
    expect(
      fault({
        type: 'repository_clone_error',
        retry_status: { type: 'retrying' },
        repository_url: 'https://github.com/acme/app',
      }),
    ).toMatchObject({ subject: 'https://github.com/acme/app' });
    expect(
      fault({ type: 'repository_clone_error', retry_status: { type: 'exhausted' }, repository_url: null }),
    ).toEqual({ type: 'repository_clone_error', retry: 'exhausted' });
    expect(fault({ type: 'billing_error', retry_status: { type: 'terminal' } })).toMatchObject({ retry: 'terminal' });
    expect(fault({ type: 'new_error', retry_status: { type: 'later' } })).toEqual({
      type: 'new_error',
      retry: 'retrying',
    });
    expect(fault(undefined)).toEqual({ type: 'unknown_error', retry: 'retrying' });
  });

  it('reads cost as cents, and null when there is none to read', () => {
    const cents = (usage: unknown) => server('session.usage', { usage });
    expect(cents({ list_cost: { amount: '53', currency: 'USD' } })).toEqual({
      type: 'session.usage',
      at: AT,
      cents: 53,
      capCents: null,
    });
    expect(cents({ list_cost: { amount: '0' } })).toMatchObject({ cents: 0 });
    expect(cents({ list_cost: null })).toMatchObject({ cents: null });
    expect(cents({ list_cost: { amount: 'much' } })).toMatchObject({ cents: null });
    expect(cents({})).toMatchObject({ cents: null });
    expect(cents(undefined)).toMatchObject({ cents: null });
  });

  it('reads the cap beside the cost', () => {
    const budget = { type: 'limit', max_list_cost: { amount: '500', currency: 'USD' } };
    expect(server('session.usage', { usage: { list_cost: { amount: '7' } }, budget })).toMatchObject({
      cents: 7,
      capCents: 500,
    });
    expect(server('session.usage', { budget: null })).toMatchObject({ cents: null, capCents: null });
  });

  it('passes the beginning and the end of an agent thread', () => {
    expect(server('session.thread_created', { session_thread_id: 'sthr_1', agent_name: 'deployer' })).toEqual({
      type: 'session.thread_created',
      at: AT,
      childId: 'sthr_1',
      name: 'deployer',
    });
    expect(server('session.thread_status_terminated', { session_thread_id: 'sthr_1' })).toEqual({
      type: 'session.thread_status_terminated',
      at: AT,
      childId: 'sthr_1',
    });
  });

  it('passes the end of a model request and the life of workflow runs', () => {
    expect(server('span.model_request_end')).toEqual({ type: 'span.model_request_end', at: AT });
    expect(server('workflow_run.created', { workflow_run_id: 'wrun_1' })).toEqual({
      type: 'workflow_run.created',
      at: AT,
      runId: 'wrun_1',
    });
    expect(server('workflow_run.status_ended', { workflow_run_id: 'wrun_1' })).toMatchObject({ runId: 'wrun_1' });
  });
});

describe('the rest', () => {
  it.each([
    'user.tool_result',
    'user.define_outcome',
    'system.message',
    'agent.thread_message_sent',
    'agent.thread_message_received',
    'agent.thread_context_compacted',
    'session.updated',
    'session.thread_status_running',
    'session.thread_status_idle',
    'session.thread_status_rescheduled',
    'span.model_request_start',
    'span.outcome_evaluation_start',
    'span.outcome_evaluation_ongoing',
    'span.outcome_evaluation_end',
    'workflow_run.status_running',
    'workflow_run.status_idle',
    'workflow_run.error',
    'workflow_run.phase_started',
    'workflow_run.phase_ended',
  ])('ignores %s by name', (type) => {
    expect(server(type, { stop_reason: { type: 'end_turn' } })).toEqual({ type: 'ignored', name: type });
  });

  it.each(['agent.dreaming', 'constructor', '__proto__', ''])('keeps the name of the unknown type %j', (type) => {
    expect(server(type)).toEqual({ type: 'ignored', name: type });
  });

  it('gives an event that the API forgot to date the time it was heard', () => {
    expect(read({ id: 'sevt_1', type: 'session.status_running' })).toMatchObject({ at: HEARD });
    expect(read({ id: 'sevt_1', type: 'session.status_running', processed_at: 7 })).toMatchObject({ at: HEARD });
  });

  it('takes only objects with a type for events', () => {
    expect([null, 'x', 7, {}, { type: 7 }, []].filter(isRawEvent)).toEqual([]);
    expect(isRawEvent({ type: 'x' })).toBe(true);
  });
});
