import { expect, it } from 'vitest';
import { formatRoute, parseRoute } from '../../../src/playground/page/route.ts';
import { dayLabel } from '../../../src/playground/page/time.ts';
import { isUnread } from '../../../src/playground/page/unread.ts';
import { channel, message } from './workspace.ts';

it('comes back to the same person, channel and thread', () => {
  const route = { person: 'U1', channel: 'C1', thread: '1766458031.859009' };
  expect(parseRoute(formatRoute(route))).toEqual(route);
  expect(parseRoute('')).toEqual({});
  expect(parseRoute('#thread=')).toEqual({});
});

it('names today and yesterday, and dates before', () => {
  const noon = new Date(2026, 4, 20, 12).getTime();
  const ts = (day: number) => String(new Date(2026, 4, day, 23, 59).getTime() / 1000);
  expect(dayLabel(ts(20), noon)).toBe('Today');
  expect(dayLabel(ts(19), noon)).toBe('Yesterday');
  expect(dayLabel(ts(2), noon)).toMatch(/2/);
});

it('is unread when somebody else wrote after the mark', () => {
  const ops = channel({ id: 'C1', messages: [message('100.000001', { user: 'U2' })] });
  expect(isUnread(ops, 'U1', { C1: '100.000000' })).toBe(true);
  expect(isUnread(ops, 'U1', { C1: '100.000001' })).toBe(false);
  expect(isUnread(ops, 'U2', { C1: '100.000000' })).toBe(false);
});
