import { expect, it } from 'vitest';
import { wrapped } from '../../../src/cli/setup/wrapped.ts';

it.each([
  ['short', 20, ['short']],
  ['one two three four', 9, ['one two', 'three', 'four']],
  ['a-word-that-is-too-long for it', 10, ['a-word-that-is-too-long', 'for it']],
  ['  files:read   to fetch the files', 26, ['  files:read   to fetch', '               the files']],
  ['', 10, ['']],
])('breaks %j at %i', (text, width, lines) => {
  expect(wrapped(text, width)).toEqual(lines);
});
