import { describe, expect, it } from 'vitest';
import { slackDate } from '../../../src/playground/page/date-mark.tsx';
import { renderMrkdwn } from '../../../src/playground/page/mrkdwn.tsx';
import { toHtml } from './to-html.ts';
import { directory } from './workspace.ts';

const NOON = new Date(2026, 6, 15, 12, 0).getTime();
const seconds = (day: number, hour = 14, minute = 30) => new Date(2026, 6, day, hour, minute).getTime() / 1000;
const date = (timestamp: number, format: string) => slackDate(timestamp, { format, now: NOON });

describe('a date for its reader', () => {
  it('is pretty for the days around today, and a date otherwise', () => {
    expect(date(seconds(15), '{date_short_pretty} at {time}')).toMatch(/^today at \d+:30/);
    expect(date(seconds(16, 0, 5), '{date_pretty}')).toBe('tomorrow');
    expect(date(seconds(14, 23, 59), '{date_long_pretty}')).toBe('yesterday');
    expect(date(seconds(17), '{date_short_pretty}')).toContain('2026');
    expect(date(seconds(15), '{date}')).toContain('15');
  });

  it('is a number, or how long it is from now', () => {
    expect(date(seconds(15), '{date_num}')).toBe('2026-07-15');
    expect(date(seconds(15, 14, 0), '{ago}')).toBe('in 2 hours');
    expect(date(seconds(12, 12, 0), '{ago}')).toBe('3 days ago');
    expect(date(seconds(15, 12, 0), '{ago}')).toBe('now');
  });

  it('keeps names that Slack does not know', () => {
    expect(date(seconds(15), '{moon} {date_num}')).toBe('{moon} 2026-07-15');
  });

  it('stands in mrkdwn, and falls back to its words when it makes no sense', () => {
    const html = (text: string) => toHtml(renderMrkdwn(text, directory));
    expect(html(`until <!date^${seconds(15)}^{date_num}|mid July>`)).toMatch(
      /^until <time title="[^"]+">2026-07-15<\/time>$/,
    );
    expect(html('until <!date^soon^{date_num}|mid July>')).toBe('until <time>mid July</time>');
    expect(html('until <!date^|mid July>')).toBe('until <time>mid July</time>');
    expect(html('<!date^1^{date_num}^javascript:alert(1)|x>')).not.toContain('href');
  });
});
