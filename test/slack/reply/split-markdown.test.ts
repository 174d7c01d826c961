import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { expect, test } from 'vitest';
import { parseTree } from '../../../src/slack/reply/markdown-tree.ts';
import { plainWords } from '../../../src/slack/reply/plain-words.ts';
import { parseMarkdown, splitMarkdown } from '../../../src/slack/reply/split-markdown.ts';

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const sentence = 'The deploy of Tuesday doubled the number of open connections. ';

test('a text that fits is one part, unchanged', () => {
  const source = '# Title\n\nSome *text*.';
  expect(splitMarkdown(source, { max: 1_000 })).toEqual([{ text: source, from: 0, to: source.length }]);
});

test('an empty or blank text has no parts', () => {
  expect(splitMarkdown('', { max: 10 })).toEqual([]);
  expect(splitMarkdown('\n\n  \n', { max: 10 })).toEqual([]);
});

test('a cut falls between blocks, and a heading stays with what it heads', () => {
  const first = sentence.repeat(5).trim();
  const source = `${first}\n\n## Cause\n\n${sentence.repeat(4).trim()}`;
  const parts = splitMarkdown(source, { max: 400 });
  expect(parts.map(({ text }) => text)).toEqual([first, `## Cause\n\n${sentence.repeat(4).trim()}`]);
});

test('a long code fence is cut at lines, closed, and reopened with its language', () => {
  const source = `Look:\n\n\`\`\`ts\n${lines(60, (n) => `const value${n} = ${n};`)}\n\`\`\`\n\nDone.`;
  const parts = splitMarkdown(source, { max: 400 });
  expect(parts.length).toBeGreaterThan(2);
  for (const { text } of parts.slice(1, -1)) {
    expect(text).toMatch(/^```ts\nconst /);
    expect(text).toMatch(/;\n```$/);
  }
  const code = parts
    .map(({ text }) => text)
    .join('\n')
    .match(/const value\d+ = \d+;/g);
  expect(code).toHaveLength(60);
});

test('a fence inside a list keeps its indentation when reopened', () => {
  const source = `- step\n\n  \`\`\`sh\n${lines(40, (n) => `  echo ${n}`)}\n  \`\`\`\n`;
  const [, second] = splitMarkdown(source, { max: 200 });
  expect(second?.text).toMatch(/^ {2}```sh\n {2}echo/);
});

test('a table that fits into one message goes whole', () => {
  const table = `| a | b |\n|---|---|\n${lines(10, (n) => `| ${n} | x |`)}`;
  const source = `${sentence.repeat(3)}\n\n${table}`;
  const parts = splitMarkdown(source, { max: 250 });
  expect(parts.at(-1)?.text).toBe(table);
});

test('a longer table repeats its header', () => {
  const source = `| name | size |\n|:--|--:|\n${lines(50, (n) => `| file${n} | ${n} |`)}`;
  const parts = splitMarkdown(source, { max: 200 });
  for (const { text } of parts) expect(text).toMatch(/^\| name \| size \|\n\|:--\|--:\|\n\| file/);
  expect(parts.flatMap(({ text }) => text.match(/file\d+/g) ?? [])).toHaveLength(50);
});

test('a long list is cut at items', () => {
  const source = lines(30, (n) => `${n + 1}. ${sentence.trim()}`);
  for (const { text } of splitMarkdown(source, { max: 300 })) expect(text).toMatch(/^\d+\. The[\s\S]*connections\.$/);
});

test('a long paragraph is cut at a sentence, else at a word, else anywhere but inside a character', () => {
  for (const { text } of splitMarkdown(sentence.repeat(20), { max: 200 })) expect(text).toMatch(/^The.*connections\.$/);
  const words = 'word '.repeat(200).trim();
  for (const { text } of splitMarkdown(words, { max: 103 })) expect(text).toMatch(/^(word ?)+$/);
  const emoji = '😀'.repeat(200);
  for (const { text } of splitMarkdown(emoji, { max: 33 })) expect(text).toMatch(/^(😀)+$/u);
});

test('a split can start in the middle of a text', () => {
  const source = `\`\`\`py\n${lines(50, (n) => `print(${n})`)}\n\`\`\`\nend`;
  const from = source.indexOf('print(20)');
  const parts = splitMarkdown(source, { max: 2_000, from });
  expect(parts).toHaveLength(1);
  expect(parts[0]?.text).toMatch(/^```py\nprint\(20\)\n/);
  expect(parseMarkdown(source).suspend(from)).toBe('```');
});

test('random documents: parts are within the limit and contiguous, and the split is the same each time', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const makers = [
    () => `${'#'.repeat(1 + random(3))} Heading ${random(100)}`,
    () => sentence.repeat(1 + random(12)).trim(),
    () => `\`\`\`${['', 'ts', 'py'][random(3)]}\n${lines(1 + random(40), (n) => `line ${n} \`x\` <b>`)}\n\`\`\``,
    () => `~~~~\n\`\`\`\n${lines(random(30), () => 'inner')}\n~~~~`,
    () => `| a | b |\n|---|---|\n${lines(1 + random(40), (n) => `| ${n} | cell |`)}`,
    () => lines(1 + random(20), (n) => `- item ${n}\n  - nested ${n}\n\n    more`),
    () => lines(1 + random(20), () => `> ${sentence}`),
    () => '***',
    () => 'x'.repeat(random(900)),
    () => `<div>\n${lines(random(20), () => 'html')}\n</div>`,
    () => `\`\`\`js\nnever closed ${random(10)}`,
  ];
  for (let round = 0; round < 120; round += 1) {
    const source = Array.from({ length: 1 + random(12) }, () => makers[random(makers.length)]?.() ?? '').join('\n\n');
    const max = 150 + random(800);
    const parts = splitMarkdown(source, { max });
    let at = 0;
    for (const part of parts) {
      expect(part.text.length).toBeLessThanOrEqual(max);
      expect(source.slice(at, part.from).trim()).toBe('');
      expect(part.text).toContain(source.slice(part.from, part.to).trim());
      at = part.to;
    }
    expect(source.slice(at).trim()).toBe('');
    expect(splitMarkdown(source, { max })).toEqual(parts);
  }
});

test('a link whose address stands in another message takes it along', () => {
  const source = `See [the page][p].\n\n${sentence.repeat(6).trim()}\n\n![chart][c]\n\n[p]: https://a.example/page\n[c]: https://c.example\n`;
  const parts = splitMarkdown(source, { max: 300 }).map(({ text }) => text);
  expect(parts[0]).toMatch(/^See \[the page\]\[p\]\.[\s\S]*\n\n\[p\]: https:\/\/a\.example\/page$/);
  expect(parts.at(-1)).toMatch(/!\[chart\]\[c\]\n\n\[p\]: .*\n\[c\]: https:\/\/c\.example$/);
  for (const text of parts) expect(text.length).toBeLessThanOrEqual(300);
});

test('what is cut inside a list does not become code, and the list goes on outside of it', () => {
  const source = `1.  one\n    - ${sentence.repeat(2).trim()}\n    - three\n\n      ${sentence.repeat(3).trim()}\n2.  four\n    - five`;
  const parts = splitMarkdown(source, { max: 180 }).map(({ text }) => text);
  expect(parts.length).toBeGreaterThan(2);
  for (const text of parts) expect(parseTree(text).children.map(({ type }) => type)).not.toContain('code');
  expect(parts.at(-1)).toMatch(/\n\n2\. {2}four\n {4}- five$/);
});

/** What stands one below the other, lists and quotes opened: what is cut in two counts once. */
function blocksOf(texts: string[]): string[] {
  const leaves = (node: Nodes): string[] => {
    if (node.type === 'code') return [`code ${node.lang ?? ''}`];
    const isOpened =
      node.type === 'root' || node.type === 'list' || node.type === 'listItem' || node.type === 'blockquote';
    return isOpened ? node.children.flatMap(leaves) : [node.type];
  };
  const all = texts.flatMap((text) => leaves(parseTree(text)));
  return all.filter((name, index) => name !== all[index - 1]);
}

test('any document: the parts say what it says, once, in the same kinds of blocks', () => {
  const word = fc.constantFrom(
    'deploy',
    'of',
    'Tuesday',
    '**slow**',
    '`x`',
    '[page](https://a.example/b)',
    'so.',
    '😀',
  );
  const sentence = (max: number) =>
    fc
      .array(word, { minLength: 1, maxLength: max })
      .map((words) => `W ${words.join(' ')}.`.replaceAll('so. ', 'so. W '));
  const code = (indent: string, fence: string) =>
    fc
      .tuple(fc.constantFrom('', 'ts'), fc.integer({ min: 1, max: 40 }))
      .map(([lang, count]) =>
        [`${fence}${lang}`, ...Array.from({ length: count }, (_, n) => (n % 7 === 3 ? '' : `line ${n};`)), fence]
          .map((line, n) => (n === 0 || line === '' ? line : indent + line))
          .join('\n'),
      );
  const items = fc.array(
    fc.tuple(
      sentence(20),
      fc.array(sentence(12), { maxLength: 4 }),
      fc.option(sentence(30), { nil: '' }),
      fc.option(code('    ', '```'), { nil: '' }),
    ),
    { minLength: 1, maxLength: 12 },
  );
  const list = (mark: (n: number) => string) =>
    items.map((all) =>
      all
        .map(([first, nested, more, fence], n) => {
          const head = `${mark(n)}${first}`;
          const children = nested.map((child) => `\n    - ${child}`).join('');
          return `${head}${children}${more ? `\n\n    ${more}` : ''}${fence ? `\n\n    ${fence}` : ''}`;
        })
        .join('\n'),
    );
  const table = fc
    .array(fc.tuple(sentence(3), sentence(3)), { minLength: 1, maxLength: 20 })
    .map((rows) => `| a | b |\n|---|---|\n${rows.map(([a, b]) => `| ${a} | ${b} |`).join('\n')}`);
  const block = fc.oneof(
    sentence(80),
    sentence(5).map((words) => `## ${words}`),
    list(() => '-   '),
    list((n) => `${n + 1}.`.padEnd(4)),
    code('', '```'),
    code('', '~~~~'),
    table,
    fc.array(sentence(20), { minLength: 1, maxLength: 9 }).map((all) => all.map((words) => `> ${words}`).join('\n')),
    fc.constantFrom('***', '<div>\nhtml\n</div>', 'x'.repeat(700)),
  );
  const bare = (text: string) => plainWords(parseTree(text)).replace(/a, b\n|\s|•|\d+\.(?= W)/g, '');
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), fc.integer({ min: 250, max: 1_500 }), (all, max) => {
      const source = all.join('\n\n');
      const parts = splitMarkdown(source, { max }).map(({ text }) => text);
      for (const text of parts) expect(text.length).toBeLessThanOrEqual(max);
      expect(parts.map(bare).join('')).toBe(bare(source));
      expect(blocksOf(parts)).toEqual(blocksOf([source]));
    }),
    { numRuns: 25 },
  );
});
