import { expect, it } from 'vitest';
import { createSieve } from '../../src/sessions/sieve.ts';
import type { RawEvent } from '../../src/sessions/translate.ts';

const AT = '2026-11-01T10:00:00.000Z';
const raw = (json: Record<string, unknown>) => json as unknown as RawEvent;
const message = (processed_at: string | null) => raw({ type: 'user.message', id: 'sevt_1', processed_at, content: [] });
const start = raw({ type: 'event_start', event: { type: 'agent.message', id: 'sevt_2' } });
const delta = raw({ type: 'event_delta', event_id: 'sevt_2', delta: {} });
const final = raw({ type: 'agent.message', id: 'sevt_2', processed_at: AT, content: [] });

it('lets an event through once', () => {
  const sieve = createSieve();
  expect([final, final].map((one) => sieve.passes(one))).toEqual([true, false]);
});

it('lets a queued message through again when it is stamped, and never back to queued', () => {
  const sieve = createSieve();
  const came = [message(null), message(null), message(AT), message(AT), message(null)];
  expect(came.map((one) => sieve.passes(one))).toEqual([true, false, true, false, false]);
});

it('never takes a blank id for a key', () => {
  const sieve = createSieve();
  const interrupt = (processed_at: string | null) => raw({ type: 'user.interrupt', id: '', processed_at });
  const later = '2026-11-01T10:00:05.000Z';
  const came = [interrupt(null), interrupt(null), interrupt(AT), interrupt(later)];
  expect(came.map((one) => sieve.passes(one))).toEqual([true, true, true, true]);
});

it('knows a stamped event without an id by its time when history brings it again', () => {
  const sieve = createSieve();
  const interrupt = raw({ type: 'user.interrupt', id: '', processed_at: AT });
  expect([interrupt, interrupt].map((one) => sieve.passes(one))).toEqual([true, false]);
});

it('drops pieces of a preview whose start it did not hear, and pieces after the final text', () => {
  const sieve = createSieve();
  expect([delta, start, delta, final, delta, start].map((one) => sieve.passes(one))).toEqual([
    false,
    true,
    true,
    true,
    false,
    false,
  ]);
});

it('forgets open previews when a new stream begins in the middle of one', () => {
  const sieve = createSieve();
  expect([start, delta].map((one) => sieve.passes(one))).toEqual([true, true]);
  sieve.reopen();
  expect([delta, start, delta].map((one) => sieve.passes(one))).toEqual([false, true, true]);
});

it('tells the events of a long session apart, in whatever order they come', () => {
  const sieve = createSieve();
  const events = Array.from({ length: 20_000 }, (_, n) => ({ ...final, id: `sevt_01${(n * 7_919) % 20_000}` }));
  expect(events.every((event) => sieve.passes(event))).toBe(true);
  expect(events.some((event) => sieve.passes(event))).toBe(false);
});
