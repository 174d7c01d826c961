import { describe, expect, it } from 'vitest';
import { visible } from '../../src/thread/visible.ts';

describe('what cannot be seen', () => {
  it.each([
    ['a mark that turns the direction of writing', 'rm \u202efdp.txt', 'rm \\u202efdp.txt'],
    ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['a space without a width', 'na\u200bme', 'na\\u200bme'],
    ['joiners', 'a\u200d\u200cb', 'a\\u200d\\u200cb'],
    ['a byte order mark', '\ufeffls', '\\ufeffls'],
    ['a soft hyphen', 'a\u00adb', 'a\\u00adb'],
    ['tags', '\u{e0041}', '\\u{e0041}'],
    ['odd spaces', 'a\u00a0b\u2003c\u3000d', 'a\\u00a0b\\u2003c\\u3000d'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['blank letters', 'a\u3164b\u2800c\u115f', 'a\\u3164b\\u2800c\\u115f'],
    ['controls', 'a\rb\u001b[2Kc\u0000\u0085', 'a\\u000db\\u001b[2Kc\\u0000\\u0085'],
    ['a private character', '\ue000', '\\ue000'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['variation selectors', 'a\ufe01b\u{e0100}', 'a\\ufe01b\\u{e0100}'],
    ['the mark of emoji where there is none', 'ls\ufe0f /data1\ufe0f', 'ls\\ufe0f /data1\\ufe0f'],
  ])('is made visible: %s', (_, text, expected) => {
    expect(visible(text)).toBe(expected);
  });
});

it.each([
  'if true; then\n\techo "ok"  # done\nfi',
  'Grüße, naïve café, 日本語, русский, עברית, हिन्दी',
  '❤️ 🙂 👍🏽 →',
  '\\u202e',
])('leaves %j as it is', (text) => {
  expect(visible(text)).toBe(text);
});
