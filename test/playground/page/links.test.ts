import { expect, it } from 'vitest';
import { emojiFor, withEmoji } from '../../../src/playground/page/emoji.ts';
import { localPath, safeHref } from '../../../src/playground/page/links.ts';

it.each(['https://a.example/', 'http://127.0.0.1:3000/x', 'mailto:a@b.example'])('follows %s', (address) => {
  expect(safeHref(address)).toBe(address);
});

it.each([
  'javascript:alert(1)',
  ' JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  '/relative',
  '//host/x',
  '',
])('does not follow %j', (address) => {
  expect(safeHref(address)).toBeUndefined();
});

it('takes only paths of this server as local', () => {
  expect(localPath('/files/F1')).toBe('/files/F1');
  expect(localPath('//elsewhere.example/x')).toBeUndefined();
  expect(localPath('/\\elsewhere.example')).toBeUndefined();
  expect(localPath('https://elsewhere.example')).toBeUndefined();
});

it('knows common emoji and shows the names of others', () => {
  expect(emojiFor('octagonal_sign')).toBe('🛑');
  expect(emojiFor('wave::skin-tone-3')).toBe('👋');
  expect(emojiFor('constructor')).toBe(':constructor:');
  expect(withEmoji('ok :x: :toString:')).toBe('ok ❌ :toString:');
});
