import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { steadyLength, tableHeadBefore } from '../../../src/slack/reply/half-open.ts';
import { parseTree } from '../../../src/slack/reply/markdown-tree.ts';
import { plainWords } from '../../../src/slack/reply/plain-words.ts';

const steady = (text: string, options = {}) => text.slice(0, steadyLength(text, options));

test.each([
  ['a **bo', 'a '],
  ['a **bold*', 'a '],
  ['a **bold** b', 'a **bold** b'],
  ['a *', 'a '],
  ['2 * 3 = 6', '2 * 3 = 6'],
  ['snake_case_name', 'snake_case_name'],
  ['see _this', 'see '],
  ['a ~~go', 'a '],
  ['run `npm', 'run '],
  ['run ``a ` b', 'run '],
  ['see [the text](http', 'see '],
  ['see [the text](https://a.example/x_(y)', 'see '],
  ['see [the text](https://a.example) now', 'see [the text](https://a.example) now'],
  ['see [the text]', 'see '],
  ['see [the text][re', 'see '],
  ['an array[0] of', 'an array[0] of'],
  ['look ![ch', 'look '],
  ['see <https://a.exa', 'see '],
  ['if a < b then', 'if a < b then'],
  ['x &am', 'x '],
  ['R&D is', 'R&D is'],
  ['x\\', 'x'],
  ['Text\n-', 'Text\n'],
  ['Text\n--', 'Text\n'],
  ['Text\n#', 'Text\n'],
  ['- one\n2.', '- one\n'],
  ['- [', ''],
  ['- one\n- *tw', '- one\n- '],
  ['Text\n[ref]: https://a', 'Text\n'],
  ['*open\n\nnext', '*open\n\nnext'],
  ['Look:\n``', 'Look:\n'],
  ['Look:\n```', 'Look:\n'],
  ['Look:\n```ts\n', 'Look:\n'],
  ['Look:\n```ts\nlet *a', 'Look:\n```ts\nlet *a'],
  ['Look:\n```ts\nlet a;\n``', 'Look:\n```ts\nlet a;\n'],
  ['```\na *b\n```\nDone', '```\na *b\n```\nDone'],
  ['Rows:\n| a | b', 'Rows:\n'],
  ['Rows:\n| a | b |\n|--', 'Rows:\n'],
  ['cat a | grep b\nand', 'cat a | grep b\nand'],
  ['`a | b` is', '`a | b` is'],
])('of %j people see %j', (text, shown) => {
  expect(steady(text)).toBe(shown);
});

describe('a table', () => {
  const head = 'Rows:\n\n| a | b |\n|---|---|\n';

  test('is held back until it is whole, or shown by rows where what stands can be changed', () => {
    const half = `${head}| 1 | 2 |\n| 3 |`;
    expect(steady(half)).toBe('Rows:\n\n');
    expect(steady(half, { rows: true })).toBe(`${head}| 1 | 2 |\n`);
    expect(steady(`${head}| 1 | 2 |\n\nDone`)).toBe(`${head}| 1 | 2 |\n\nDone`);
    expect(steady(`${head}| 1 | 2 |\n- x`)).toBe(`${head}| 1 | 2 |\n- x`);
  });

  test('that is very long is shown in pieces of whole rows', () => {
    const rows = '| row | row |\n'.repeat(300);
    const long = `${head}${rows}| half`;
    expect(steady(long)).toBe(`${head}${rows}`);
    expect(steady(long, { from: long.length - 1_000 })).toBe('Rows:\n\n');
    expect(tableHeadBefore(long, long.length - 6)).toBe('| a | b |\n|---|---|\n');
    expect(tableHeadBefore('Rows:\n\nnone', 9)).toBe('');
  });
});

test('a mark that nobody closes holds nothing back for ever', () => {
  const text = `a *b ${'word '.repeat(100)}`;
  expect(steady(text)).toBe(text);
});

test('what is seen of a growing text never turns into something else', () => {
  const word = fc.constantFrom('one', 'two', 'x_y', '3 * 4', 'a < b', 'R&D', 'end.', '(so)', '😀', '`a|b`', 'it’s');
  const inline: fc.Arbitrary<string> = fc.oneof(
    { weight: 4, arbitrary: word },
    word.map((words) => `**${words.trim()}**`),
    word.map((words) => `*${words}*`),
    word.map((words) => `~~${words}~~`),
    fc.constantFrom('`let *a`', '``b ` c``', '[text](https://a.example/x_y)', '![alt](https://c.example)', '&lt;b&gt;'),
    fc.constantFrom(
      '<https://d.example>',
      '\\*no\\*',
      '***both***',
      '[label **bold**](https://e.example)',
      '__under__',
    ),
  );
  const line = fc.array(inline, { minLength: 1, maxLength: 6 }).map((parts) => `w ${parts.join(' ')}`);
  const block = fc.oneof(
    { weight: 4, arbitrary: line },
    fc.tuple(line, line).map((both) => both.join('\n')),
    line.map((words) => `## ${words}`),
    fc.array(line, { minLength: 1, maxLength: 4 }).map((items) => items.map((item) => `- ${item}`).join('\n')),
    fc
      .array(line, { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item, n) => `${n + 1}. ${item}`).join('\n')),
    fc.array(line, { minLength: 1, maxLength: 3 }).map((items) => items.map((item) => `> ${item}`).join('\n')),
    fc.constantFrom('```ts\nlet *a = `b`;\n\n# no\n```', '~~~\n``\n~~~', '***', '- x\n\n  ```sh\n  ls | wc\n  ```'),
    fc.constantFrom('| a | *b* |\n|---|:-:|\n| 1 | `x` |\n| 2 | |', 'Rows:\n\na | b\n--|--\n1 | 2'),
  );
  const seen = (text: string) => plainWords(parseTree(text)).replace(/\s+/g, ' ');
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), fc.boolean(), (blocks, rows) => {
      const text = blocks.join('\n\n');
      const whole = seen(text);
      for (let length = 1; length <= text.length; length += 1) {
        const shown = seen(steady(text.slice(0, length), { rows }));
        expect(whole.startsWith(shown), JSON.stringify([text.slice(0, length), shown, whole])).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});
