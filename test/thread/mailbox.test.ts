import { expect, it } from 'vitest';
import { createMailbox } from '../../src/thread/mailbox.ts';

it('gives what was posted in order, also what comes while the reader waits', async () => {
  const closing = new AbortController();
  const mailbox = createMailbox<number>(closing.signal);
  mailbox.post(1);
  setTimeout(() => mailbox.post(2), 5);
  const read: number[] = [];
  for await (const item of mailbox) {
    read.push(item);
    if (item === 2) break;
  }
  expect(read).toEqual([1, 2]);
  expect(mailbox.isEmpty()).toBe(true);
});

it('lets a waiting reader go when the signal aborts', async () => {
  const closing = new AbortController();
  const mailbox = createMailbox<string>(closing.signal);
  setTimeout(() => closing.abort(), 5);
  const read: string[] = [];
  for await (const item of mailbox) read.push(item);
  expect(read).toEqual([]);
});

it('drops what was not read when the signal aborted', async () => {
  const closing = new AbortController();
  const mailbox = createMailbox<string>(closing.signal);
  mailbox.post('read');
  mailbox.post('too late');
  const read: string[] = [];
  for await (const item of mailbox) {
    read.push(item);
    closing.abort();
  }
  expect(read).toEqual(['read']);
});

it('drops an unread item once its own signal has aborted', async () => {
  const closing = new AbortController();
  const call = new AbortController();
  const mailbox = createMailbox<string>(closing.signal);
  mailbox.post('stale', call.signal);
  mailbox.post('kept');
  call.abort();
  for await (const item of mailbox) {
    expect(item).toBe('kept');
    break;
  }
  mailbox.post('stale too', call.signal);
  expect(mailbox.isEmpty()).toBe(true);
});

it('tells all who wait for it that something was posted, and nobody of what was there before', async () => {
  const mailbox = createMailbox<string>(new AbortController().signal);
  mailbox.post('before');
  const told: string[] = [];
  const both = Promise.all(['one', 'two'].map((name) => mailbox.posted().then(() => told.push(name))));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(told).toEqual([]);
  mailbox.post('after');
  await both;
  expect(told).toEqual(['one', 'two']);
});
