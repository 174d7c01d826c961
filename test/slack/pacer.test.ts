import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { expect, test } from 'vitest';
import { fastClock } from '../../src/clock.ts';
import { createPacer, type Write } from '../../src/slack/pacer.ts';

const clock = fastClock(100);
const post = (channel: string, extra: Partial<Write> = {}): Write => ({
  method: 'chat.postMessage',
  channel,
  class: 'progress',
  thread: 't1',
  ...extra,
});
const tooMuch = (seconds: number) => new WebAPIRateLimitedError(seconds);

function failingOnce(error: Error, value: string) {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls === 1) throw error;
    return `${value} after ${calls} calls`;
  };
}

test('a write goes out at once and gives back what the call gave', async () => {
  const pacer = createPacer({ clock });
  let sent = false;
  const written = pacer.write(post('C1'), async () => {
    sent = true;
    return 'ts';
  });
  expect(sent).toBe(true);
  expect(await written).toBe('ts');
  expect(pacer.waiting()).toEqual([]);
});

test('a write that Slack limits is tried again after Retry-After', async () => {
  const pacer = createPacer({ clock });
  const before = clock.now();
  expect(await pacer.write(post('C1'), failingOnce(tooMuch(7), 'sent'))).toBe('sent after 2 calls');
  expect(clock.now() - before).toBeGreaterThanOrEqual(6_900);
});

test('ok:false ratelimited counts as a limit too', async () => {
  const pacer = createPacer({ clock });
  const error = new WebAPIPlatformError({ ok: false, error: 'ratelimited' });
  expect(await pacer.write(post('C1'), failingOnce(error, 'sent'))).toBe('sent after 2 calls');
});

test('a limit on one channel delays neither another channel nor another method', async () => {
  const pacer = createPacer({ clock });
  let limited = 'waiting';
  const slow = pacer.write(post('C1'), failingOnce(tooMuch(50), 'sent')).then(() => {
    limited = 'sent';
  });
  await new Promise(setImmediate);
  expect(await pacer.write(post('C2'), async () => limited)).toBe('waiting');
  expect(await pacer.write({ method: 'chat.update', class: 'progress', thread: 't1' }, async () => limited)).toBe(
    'waiting',
  );
  expect(pacer.waiting()).toMatchObject([{ method: 'chat.postMessage', channel: 'C1', waiting: 1 }]);
  await slow;
});

test('what waits goes out in order of class, and threads take turns inside a class', async () => {
  const pacer = createPacer({ clock });
  const order: string[] = [];
  const write = (name: string, extra: Partial<Write>) =>
    pacer.write(post('C1', extra), async () => {
      order.push(name);
    });
  const first = pacer.write(post('C1'), failingOnce(tooMuch(20), 'first'));
  await new Promise(setImmediate);
  const rest = [
    write('a1', { class: 'progress', thread: 'a' }),
    write('a2', { class: 'progress', thread: 'a' }),
    write('b1', { class: 'progress', thread: 'b' }),
    write('ack', { class: 'ack', thread: 'b' }),
    write('question', { class: 'question', thread: 'b' }),
    write('final 1', { class: 'final', thread: 'a' }),
    write('final 2', { class: 'final', thread: 'a' }),
    write('sight', { class: 'first-sight', thread: 'a' }),
  ];
  await Promise.all([first, ...rest]);
  expect(order).toEqual(['final 1', 'final 2', 'question', 'ack', 'sight', 'a1', 'b1', 'a2']);
});

test('any other error is the caller’s and stops nobody else', async () => {
  const pacer = createPacer({ clock });
  const refused = pacer.write(post('C1'), () => Promise.reject(new Error('not_in_channel')));
  const other = pacer.write(post('C1'), async () => 'sent');
  await expect(refused).rejects.toThrow('not_in_channel');
  expect(await other).toBe('sent');
});

test('writes side by side are not held up by a slow one', async () => {
  const pacer = createPacer({ clock });
  const never = pacer.write({ method: 'chat.update', class: 'progress', thread: 'a' }, () => new Promise(() => {}));
  expect(await pacer.write({ method: 'chat.update', class: 'progress', thread: 'b' }, async () => 'sent')).toBe('sent');
  expect(never).toBeInstanceOf(Promise);
});
