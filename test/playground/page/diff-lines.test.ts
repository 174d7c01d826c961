import { expect, it } from 'vitest';
import { renderRichText } from '../../../src/playground/page/blocks/rich-text.tsx';
import { diffLines } from '../../../src/playground/page/diff-lines.ts';
import { toHtml } from './to-html.ts';
import { directory } from './workspace.ts';

it('tells what a diff adds and takes away, and leaves the signs where they are', () => {
  expect(diffLines('--- a/x\n+++ b/x\n@@ -1 +1 @@\n same\n-old\n+new')?.map(({ kind }) => kind)).toEqual([
    'same',
    'same',
    'same',
    'same',
    'removed',
    'added',
  ]);
  expect(diffLines(' a\n-b')?.map(({ text }) => text)).toEqual([' a', '-b']);
});

it('tells them below lines that say which file it is', () => {
  expect(diffLines('replace_all: true\nedit src/x.ts\n@@ -1 +1 @@\n-old\n+new')?.map(({ kind }) => kind)).toEqual([
    'same',
    'same',
    'same',
    'removed',
    'added',
  ]);
  expect(diffLines('write notes.md\n+- one')?.map(({ kind }) => kind)).toEqual(['same', 'added']);
});

it.each([
  'npm test',
  'steps:\n- edit this\n- that',
  'write it\nas prose',
  ' indented\n only',
  '- a list\nand prose',
  '',
])('is not seen in %j', (text) => {
  expect(diffLines(text)).toBeUndefined();
});

it('is drawn line by line in preformatted text, escaped', () => {
  const block = {
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: '-<b>\n+<i>' }] }],
  };
  expect(toHtml(renderRichText(block, directory))).toContain(
    '<span class="diff-line diff-removed">-&lt;b&gt;\n</span><span class="diff-line diff-added">+&lt;i&gt;\n</span>',
  );
});
