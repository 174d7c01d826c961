import { expect, test } from 'vitest';
import { cut, disarm, escapeMrkdwn, stableLength } from '../../../src/slack/reply/disarm.ts';

test.each([
  '<!channel>',
  '<!here|x>',
  '<!everyone>',
  '<!subteam^S123>',
  '<!date^1^x|y>',
  '<@U123>',
  '<#C1|ops>',
  'hey @channel',
  '@here',
  '(@Everyone)',
  '`<!channel>`',
  '```\n<@U1>\n```',
  '<<!here>',
])('%s pings nobody', (text) => {
  const safe = disarm(text);
  expect(safe).not.toMatch(/<[!@#]/);
  expect(safe).not.toMatch(/@(channel|here|everyone)/i);
  expect(safe.replaceAll('\u200b', '')).toBe(text);
});

test('ordinary text stays as it is', () => {
  const text = 'if a < b && c > d, mail ops@channel.example or see <https://example.com> and @ana';
  expect(disarm(text)).toBe(text);
});

test('text that grows keeps the stable part of its disarmed beginning, at every character', () => {
  const text = 'Ask <@U1> or @everyone in <#C1>:\r\na < b,\r 😀 <!channel> @here, @heresy @chan <';
  const whole = disarm(text);
  for (let length = 0; length <= text.length; length += 1) {
    const heard = text.slice(0, length);
    expect(whole.startsWith(disarm(heard.slice(0, stableLength(heard))))).toBe(true);
  }
});

test('lines end alike, whatever wrote them', () => {
  expect(disarm('a\r\nb\rc\n')).toBe('a\nb\nc\n');
});

test('mrkdwn has exactly three characters to escape', () => {
  expect(escapeMrkdwn('<!here> & "x"')).toBe('&lt;!here&gt; &amp; "x"');
});

test('a cut text ends with an ellipsis and never with half a character', () => {
  expect(cut('hello', 5)).toBe('hello');
  expect(cut('hello!', 5)).toBe('hell…');
  expect(cut('ab😀d', 4)).toBe('ab…');
});
