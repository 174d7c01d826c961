import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashInput, hashText } from '../../../src/gate/audit/hash.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a text is hashed in UTF-8', () => {
  expect(hashText('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(hashText('für 🍏')).toBe(sha256('für 🍏'));
});

test('an input is hashed as canonical JSON, whatever the order of its keys', () => {
  expect(hashInput({ b: [1.0, 1e21, '\u20ac'], a: { d: null, c: true } })).toBe(
    sha256('{"a":{"c":true,"d":null},"b":[1,1e+21,"€"]}'),
  );
  expect(hashInput({ a: 1, b: 2 })).toBe(hashInput({ b: 2, a: 1 }));
  expect(hashInput({ a: 1 })).not.toBe(hashInput({ a: '1' }));
  expect(hashInput(JSON.parse('{"__proto__": 1}'))).not.toBe(hashInput({}));
});

test('what JSON cannot say, or nobody can walk, has no hash', () => {
  expect(() => hashInput({ a: Number.POSITIVE_INFINITY })).toThrow();
  expect(() => hashInput(undefined)).toThrow();
  expect(() => hashInput(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toThrow();
});
