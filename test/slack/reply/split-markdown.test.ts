import { expect, test } from 'vitest';
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
