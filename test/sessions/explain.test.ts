import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { expect, describe as group, it } from 'vitest';
import { describe, explain, isOutcomeUnknown, retryAfterMs } from '../../src/sessions/explain.ts';
import { SessionError } from '../../src/thread/errors.ts';

function refusal(status: number, message = 'words', options: { code?: string; headers?: Record<string, string> } = {}) {
  const details = options.code ? { details: { error_code: options.code } } : {};
  const body = { type: 'error', error: { type: 'invalid_request_error', message, ...details } };
  return APIError.generate(status, body, undefined, new Headers({ 'request-id': 'req_1', ...options.headers }));
}

group('a refusal about a session', () => {
  const code = (status: number, message?: string) => explain(refusal(status, message), 'session').code;

  it.each([
    [401, 'credentials'],
    [403, 'credentials'],
    [404, 'gone'],
    [402, 'request'],
    [413, 'request'],
    [422, 'request'],
    [408, 'unreachable'],
    [409, 'unreachable'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [529, 'unreachable'],
  ])('with status %i means %s', (status, expected) => {
    expect(code(status)).toBe(expected);
  });

  it('with status 400 or 409 means gone when its words say so', () => {
    expect(code(400, "Session 'sesn_1' is archived and no longer accepts events.")).toBe('gone');
    expect(code(400, "Session 'sesn_1' is terminated and no longer accepts events.")).toBe('gone');
    expect(code(409, "Session 'sesn_1' does not exist.")).toBe('gone');
    expect(code(409, 'The session was deleted.')).toBe('gone');
  });

  it('with status 400 tells waiting, budget and the rest apart', () => {
    const waiting =
      'Invalid user.message event at events[0]: waiting on responses to events [sevt_1]; only `user.interrupt` may be sent';
    expect(code(400, waiting)).toBe('waiting');
    expect(code(400, 'the session has reached its budget')).toBe('budget');
    expect(code(400, 'events.0.content: Required')).toBe('request');
  });
});

group('a refusal about the agent', () => {
  const code = (error: unknown) => explain(error, 'agent').code;

  it('tells agent, request, credentials and trouble apart', () => {
    expect(code(refusal(404))).toBe('agent');
    expect(code(refusal(400, 'words', { code: 'environment_archived' }))).toBe('agent');
    expect(code(refusal(400, "Agent 'agent_1' is archived."))).toBe('agent');
    expect(code(refusal(400, 'title: too long'))).toBe('request');
    expect(code(refusal(403))).toBe('credentials');
    expect(code(refusal(409))).toBe('unreachable');
    expect(code(refusal(502))).toBe('unreachable');
  });
});

it('takes every failure without an answer for unreachable, and keeps the cause', () => {
  const reset = new TypeError('terminated');
  expect(explain(reset, 'session')).toMatchObject({ code: 'unreachable', cause: reset });
  expect(explain(new APIConnectionError({}), 'agent').code).toBe('unreachable');
  const known = new SessionError('gone', 'x');
  expect(explain(known, 'session')).toBe(known);
});

it('knows which failures may hide a success', () => {
  const unknown = [
    new TypeError('terminated'),
    new APIConnectionError({}),
    new APIConnectionTimeoutError(),
    refusal(408),
    refusal(500),
    refusal(529),
  ];
  expect(unknown.map(isOutcomeUnknown)).toEqual(unknown.map(() => true));
  expect([400, 401, 404, 409, 429].map((status) => isOutcomeUnknown(refusal(status)))).toEqual(Array(5).fill(false));
});

it('reads retry-after in seconds and nothing else', () => {
  expect(retryAfterMs(refusal(429, 'x', { headers: { 'retry-after': '7' } }))).toBe(7000);
  expect(retryAfterMs(refusal(429, 'x', { headers: { 'retry-after': 'soon' } }))).toBeNull();
  expect(retryAfterMs(refusal(429))).toBeNull();
  expect(retryAfterMs(new TypeError('terminated'))).toBeNull();
});

it('describes an error for the log without its words', () => {
  const fields = describe(refusal(400, 'what somebody wrote', { code: 'some_code' }));
  expect(fields).toMatchObject({ status: 400, errorCode: 'some_code', requestId: 'req_1' });
  expect(JSON.stringify(fields)).not.toContain('somebody');
  const reset = new TypeError('terminated', { cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }) });
  expect(describe(reset)).toEqual({ error: 'TypeError', cause: 'UND_ERR_SOCKET' });
});
