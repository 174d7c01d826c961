import fc from 'fast-check';
import { expect, test } from 'vitest';
import { centsOf } from '../../../src/gate/policy/dollars.ts';
import { durationMs } from '../../../src/gate/policy/duration.ts';
import { globMatches, globsMeet } from '../../../src/gate/policy/glob.ts';

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['3d', 259_200_000],
  ['0s', Number.NaN],
  ['1.5h', Number.NaN],
  ['1h30m', Number.NaN],
  ['10', Number.NaN],
  ['5w', Number.NaN],
  [' 5m', Number.NaN],
])('the duration %j is %d ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each([
  [5, 500],
  ['5.00', 500],
  ['5.5', 550],
  [1.15, 115],
  [0.29, 29],
  ['0.01', 1],
  [0, Number.NaN],
  ['0.00', Number.NaN],
  [-1, Number.NaN],
  [1.005, Number.NaN],
  ['$5', Number.NaN],
  [1e21, Number.NaN],
])('%j dollars are %d cents', (dollars, expected) => {
  expect(centsOf(dollars)).toBe(expected);
});

test.each([
  ['bash', 'bash', true],
  ['bash', 'bash2', false],
  ['*', '', true],
  ['list_*', 'list_', true],
  ['*_issue', 'get_issue', true],
  ['*_issue', 'get_issues', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b', 'ab', true],
  ['ab*b', 'ab', false],
  ['a.c', 'abc', false],
])('%j for %j: %s', (glob, name, expected) => {
  expect(globMatches(glob, name)).toBe(expected);
});

const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 5 });
const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });

test('wildcards do what a regular expression would', () => {
  fc.assert(
    fc.property(glob, name, (one, text) => {
      expect(globMatches(one, text)).toBe(new RegExp(`^${one.replaceAll('*', '.*')}$`).test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('two of them meet exactly when some name fits both', () => {
  // A shortest name that fits both is no longer than both together.
  const names = namesUpTo(10);
  fc.assert(
    fc.property(glob, glob, (a, b) => {
      const common = names.some((text) => globMatches(a, text) && globMatches(b, text));
      expect(globsMeet(a, b)).toBe(common);
    }),
    { numRuns: 300 },
  );
});

function namesUpTo(length: number): string[] {
  let row = [''];
  const all = [...row];
  for (let i = 0; i < length; i++) {
    row = row.flatMap((text) => [`${text}a`, `${text}b`]);
    all.push(...row);
  }
  return all;
}
