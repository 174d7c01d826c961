import { describe, expect, test } from 'vitest';
import { inputMatcher } from '../../../src/gate/policy/input-matcher.ts';

const allows = (paths: Record<string, string>, input: unknown) => inputMatcher(paths, 'allow')(input);
const denies = (paths: Record<string, string>, input: unknown) => inputMatcher(paths, 'deny')(input);

test('all paths must match', () => {
  const paths = { '$.a': 'x', '$.b': 'y' };
  for (const matches of [allows, denies]) {
    expect(matches(paths, { a: 'x', b: 'y' })).toBe(true);
    expect(matches(paths, { a: 'x', b: 'z' })).toBe(false);
    expect(matches(paths, { a: 'x' })).toBe(false);
  }
});

test('of several values all must match to allow, and one to ask or deny', () => {
  const paths = { '$.files[*].path': 'src/.*' };
  const input = { files: [{ path: 'src/a' }, { path: '/etc/passwd' }] };
  expect(allows(paths, input)).toBe(false);
  expect(denies(paths, input)).toBe(true);
  expect(inputMatcher(paths, 'ask')(input)).toBe(true);
});

test('to allow, the pattern covers the whole value; to deny, it is found in it, over line breaks too', () => {
  expect(allows({ '$.a': 'b+' }, { a: 'abba' })).toBe(false);
  expect(allows({ '$.a': 'ab+a' }, { a: 'abba' })).toBe(true);
  expect(allows({ '$.a': 'a.*' }, { a: 'a\nb' })).toBe(false);
  expect(denies({ '$.a': 'b+' }, { a: 'abba' })).toBe(true);
  expect(denies({ '$.a': 'a.*b' }, { a: 'a\nb' })).toBe(true);
  expect(denies({ '$.a': '^b' }, { a: 'a\nb' })).toBe(false);
});

test('what is not text is matched as its JSON, with sorted keys', () => {
  expect(allows({ '$.n': '1|true|null' }, { n: 1 })).toBe(true);
  expect(allows({ '$.n': '1|true|null' }, { n: null })).toBe(true);
  const whole = { $: '\\{"a":\\[1,"x"\\],"b":true\\}' };
  expect(allows(whole, { b: true, a: [1, 'x'] })).toBe(true);
  expect(allows(whole, { a: [1, 'x'], b: true })).toBe(true);
});

test('a path sees only what the input itself has', () => {
  expect(denies({ '$.constructor': '' }, {})).toBe(false);
  expect(denies({ '$.__proto__.a': 'x' }, JSON.parse('{"__proto__":{"a":"x"}}'))).toBe(true);
});

describe('an input made to hurt', () => {
  const long = `${'a'.repeat(200_000)}!`;

  // A backtracking engine would not be done with one of them in a lifetime.
  test.each(['(a+)+$', '(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$'])('meets %s and is answered', (pattern) => {
    expect(denies({ '$.a': pattern }, { a: long })).toBe(false);
    expect(allows({ '$.a': pattern }, { a: long })).toBe(false);
    expect(denies({ '$.a': '(a+)+!$' }, { a: long })).toBe(true);
  });

  test('that is too deep to be read is not allowed and does not escape', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(allows({ $: '[\\s\\S]*' }, { deep })).toBe(false);
    expect(denies({ $: 'nothing like it' }, { deep })).toBe(true);
  });

  test('that is too much to be read is not allowed and does not escape', () => {
    let nested: unknown = long;
    for (let depth = 0; depth < 100; depth++) nested = { nested };
    expect(allows({ '$..*': '[\\s\\S]*' }, { nested })).toBe(false);
    expect(denies({ '$..*': 'nothing like it' }, { nested })).toBe(true);
    expect(denies({ '$..*': 'nothing like it' }, { long, more: { long } })).toBe(false);
  });
});
