import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/ops/log.ts';

function capture(level = 'info') {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

const SECRETS = [
  'xoxb-123-456-abcDEF',
  'xoxe.xoxb-1-abc_DEF',
  'xoxp-1-2-3-abc',
  'xapp-1-A1-2-abcdef',
  'sk-ant-api03-abc_DEF-123',
  'whsec_abcDEF+/123=',
];

describe.each(SECRETS)('the credential %s', (secret) => {
  const tail = secret.slice(9);

  test.each<[string, (log: ReturnType<typeof capture>['log']) => void]>([
    ['a message', (log) => log.info(`calling with ${secret}!`)],
    ['a field', (log) => log.info({ anything: secret }, 'fixed')],
    ['a deep field', (log) => log.info({ a: { b: [{ c: { d: { e: `x ${secret}` } } }] } }, 'fixed')],
    ["a field's name", (log) => log.info({ [secret]: 1 }, 'fixed')],
    ['an error with its stack', (log) => log.error({ err: new Error(`bad ${secret}`) }, 'fixed')],
    ['an error alone', (log) => log.error(new Error(`bad ${secret}`))],
    [
      'the cause of a cause',
      (log) => log.error({ err: new Error('a', { cause: new Error('b', { cause: new Error(secret) }) }) }),
    ],
    ['an error under another name', (log) => log.error({ failure: Object.assign(new Error('a'), { note: secret }) })],
    ['a child logger', (log) => log.child({ token: secret, nested: { x: secret } }).info('fixed')],
    ['a query', (log) => log.info(`GET https://slack.test/?token=${encodeURIComponent(secret)}&x=1`)],
  ])('does not come out of %s', (_, write) => {
    const { log, lines } = capture();
    write(log);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(tail);
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });
});

test('what has no known prefix is cut by the name of its field, at several depths', () => {
  const { log, lines } = capture();
  log.info({ token: 'plain-secret', config: { apiKey: 'plain-secret', slack: { appToken: 'plain-secret' } } });
  log.info({
    request: { headers: { authorization: 'plain-secret', 'x-api-key': 'plain-secret', cookie: 'plain-secret' } },
  });
  log.info({ header: 'Authorization: Bearer plain-secret' });
  expect(lines.join('')).not.toContain('plain-secret');
});

test("a socket's ticket and a response URL do not come out", () => {
  const { log, lines } = capture();
  log.info({ url: 'wss://wss-primary.slack.com/link/?ticket=abc-123&app_id=A1' });
  log.info('posting to https://hooks.slack.com/actions/T1/2/secret');
  expect(lines[0]).toContain('ticket=[redacted]&app_id=A1');
  expect(lines[1]).toContain('hooks.slack.com/[redacted]');
});

test('of an error only what helps comes out: never the request that an SDK hangs on it', () => {
  const { log, last } = capture();
  const sdkError = Object.assign(new Error('An API error occurred: channel_not_found'), {
    code: 'slack_webapi_platform_error',
    status: 404,
    original: { config: { data: 'text=what a person wrote' } },
  });
  log.error({ err: new Error('could not post', { cause: sdkError }), threadId: 'T1/C1/1.2' }, 'run failed');
  expect(last()).toMatchObject({
    level: 'error',
    msg: 'run failed',
    threadId: 'T1/C1/1.2',
    err: { type: 'Error', message: 'could not post', cause: { code: 'slack_webapi_platform_error', status: 404 } },
  });
  expect(JSON.stringify(last())).not.toContain('what a person wrote');
});

test('a chain of causes that bites its own tail ends', () => {
  const { log, last } = capture();
  const error = new Error('round');
  error.cause = error;
  log.error({ err: error });
  expect(last().err.message).toBe('round');
});

test('nothing below the level is written', () => {
  const { log, lines } = capture('warn');
  log.info('no');
  log.warn('yes');
  expect(lines).toHaveLength(1);
});

test('ordinary lines stay as they are', () => {
  const { log, last } = capture();
  log.info({ sessionId: 'sesn_1', note: 'basic auth, bearer of news, xoxb alone, sk-antelope' }, 'turn ended');
  expect(last()).toMatchObject({ sessionId: 'sesn_1', note: 'basic auth, bearer of news, xoxb alone, sk-antelope' });
});
