import { expect, test } from 'vitest';
import { duration, footerWords, noticeWords } from '../../../src/slack/reply/words.ts';
import type { Notice } from '../../../src/thread/view.ts';

const every: Notice[] = [
  { code: 'hello' },
  { code: 'nothing-running' },
  { code: 'new-session', remembers: true },
  { code: 'new-session', remembers: false },
  { code: 'context-cut', leftOut: 1 },
  {
    code: 'files-unread',
    files: [
      { name: 'a.csv', why: 'no-access' },
      { name: 'b.png', why: 'no-access' },
    ],
  },
  {
    code: 'files-unread',
    files: [
      { name: 'a.csv', why: 'external' },
      { name: 'b.png', why: 'too-large' },
    ],
  },
  {
    code: 'files-unposted',
    files: [
      { name: 'a.csv', why: 'no-scope' },
      { name: 'b.csv', why: 'empty' },
    ],
  },
  { code: 'files', given: [], made: [] },
  {
    code: 'files',
    given: [{ name: 'a.csv', size: 3_000, as: 'a.csv' }],
    made: [{ name: 'b.csv v2', version: 2, size: 10 }],
  },
  { code: 'waiting' },
  { code: 'held', until: 'answer' },
  { code: 'held', until: 'budget' },
  { code: 'cancelled', by: 'U1' },
  { code: 'cancelled', by: null },
  { code: 'late', messages: 1, waitedMs: 18_000_000, choice: null },
  { code: 'late', messages: 3, waitedMs: 18_000_000, choice: null },
  { code: 'late', messages: 1, waitedMs: 18_000_000, choice: { by: 'U1', what: 'answer' } },
  { code: 'late', messages: 3, waitedMs: 18_000_000, choice: { by: 'U1', what: 'skip' } },
  { code: 'away', awayMs: 1_800_000, messages: 1 },
  { code: 'late-answer', awayMs: 1_800_000, ageMs: 600_000, isOld: false },
  { code: 'late-answer', awayMs: 1_800_000, ageMs: 259_200_000, isOld: true },
  { code: 'sent-again', count: 2 },
  { code: 'not-sent', count: 1, why: 'budget' },
  { code: 'not-sent', count: 2, why: 'stopped' },
  { code: 'gate-failed', retryInMs: 60_000 },
  { code: 'stopped', by: 'U1' },
  { code: 'stopped', by: null },
  { code: 'failed', fault: 'model overloaded' },
  { code: 'failed', fault: null },
  { code: 'budget-reached' },
  { code: 'refusal' },
  { code: 'terminated', fault: null },
  { code: 'ended-oddly' },
  { code: 'mcp-failed', server: 'github', auth: true },
  { code: 'mcp-failed', server: 'github', auth: false },
  { code: 'repository-failed', repository: 'https://example.com/a.git' },
  { code: 'repository-failed', repository: null },
  { code: 'unreachable', retryInMs: 30_000 },
  { code: 'undelivered' },
  { code: 'misconfigured', what: 'credentials' },
  { code: 'misconfigured', what: 'agent' },
  { code: 'misconfigured', what: 'request' },
  { code: 'internal', errorId: 'a1b2' },
];

test.each(every)('$code is said in whole sentences without holes', (notice) => {
  const words = noticeWords(notice);
  expect(words).toMatch(/[.:!`]$/);
  expect(words).not.toMatch(/undefined|null|NaN|\[object|\s{2}| [.,]/);
  expect(words.length).toBeLessThan(3_000);
});

test('what a person must know is in the sentence', () => {
  expect(noticeWords({ code: 'stopped', by: 'U1' })).toContain('Stopped by <@U1>.');
  expect(noticeWords({ code: 'waiting' })).toMatch(/Claude Console.*`stop`/);
  expect(noticeWords({ code: 'held', until: 'answer' })).toMatch(
    /Cancel the request and send now.*`stop`: your message is sent then\./,
  );
  expect(noticeWords({ code: 'held', until: 'budget' })).toContain('until the budget is raised');
  expect(noticeWords({ code: 'hello' })).toMatch(/`stop`/);
});

test('what came from elsewhere pings nobody and breaks nothing', () => {
  const evil = '<!channel> <@U2> *x* & '.repeat(50);
  for (const notice of [
    { code: 'repository-failed', repository: evil },
    { code: 'files-unread', files: [{ name: evil, why: 'external' as const }] },
    { code: 'failed', fault: evil },
    { code: 'mcp-failed', server: evil, auth: false },
  ] satisfies Notice[]) {
    expect(noticeWords(notice)).not.toMatch(/<[!@#]/);
    expect(noticeWords(notice).length).toBeLessThan(3_000);
  }
});

test('however many files there are and whatever they are called, it fits, with the newest of them', () => {
  const names = Array.from({ length: 99 }, (_, index) => `${index} ${'<&> '.repeat(100)}`);
  const whys = ['external', 'canvas', 'empty', 'hidden', 'deleted', 'refused', 'too-large', 'no-access'] as const;
  const posts = ['no-scope', 'no-access', 'no-room', 'unreachable', 'empty', 'too-many', 'agent-side', 'gone'] as const;
  const sized = names.map((name) => ({ name, size: 1, as: `${name}.txt`, version: 1 }));
  for (const notice of [
    { code: 'files-unread', files: names.map((name, index) => ({ name, why: whys[index % 8] ?? 'empty' })) },
    { code: 'files-unposted', files: names.map((name, index) => ({ name, why: posts[index % 8] ?? 'empty' })) },
    { code: 'files', given: sized, made: sized },
  ] satisfies Notice[]) {
    expect(noticeWords(notice).length).toBeLessThan(3_000);
  }
  expect(noticeWords({ code: 'files', given: sized, made: [] })).toMatch(/• 98 .*\nand \d+ older files\nDrop/s);
});

test('what nobody could list is called what the agent wrote', () => {
  const words = noticeWords({ code: 'files-unposted', files: [{ name: null, why: 'agent-side' }] });
  expect(words).toMatch(/^I could not post what the agent wrote: /);
});

test.each([
  [{ tookMs: 12_345, tools: 3, cents: 4.2 }, '12 s · 3 tools · $0.04 list price'],
  [{ tookMs: 800, tools: 0, cents: null }, '0.8 s'],
  [{ tookMs: 61_000, tools: 1, cents: 0.2 }, '1 min 1 s · 1 tool · under $0.01 list price'],
  [{ tookMs: 60_000, tools: 1, cents: 0 }, '1 min · 1 tool · $0.00 list price'],
])('a footer is short: %j', (footer, words) => {
  expect(footerWords(footer)).toBe(words);
});

test('durations are rounded for people', () => {
  expect([0, 950, 59_600, 7_800_000].map(duration)).toEqual(['0.0 s', '0.9 s', '1 min', '2 h 10 min']);
  expect([47, 48, 80].map((hours) => duration(hours * 3_600_000))).toEqual(['47 h', '2 days', '3 days']);
});
