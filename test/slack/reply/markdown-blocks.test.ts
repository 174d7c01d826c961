import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkBlocks } from '../../../src/playground/slack/blocks.ts';
import { renderMarkdown } from '../../../src/slack/reply/markdown-blocks.ts';

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const raw = (text: string) => ({ type: 'raw_text', text });
const rich = (...elements: object[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});
const bold = (text: string) => rich({ type: 'text', text, style: { bold: true } });
const kinds = (blocks: KnownBlock[]) => blocks.map(({ type }) => type);
const textOf = (block: KnownBlock | undefined) => (block?.type === 'markdown' ? block.text : '');
const rowsOf = (block: KnownBlock | undefined) =>
  block?.type === 'table' || block?.type === 'data_table' ? block.rows : [];

describe('a table', () => {
  test('stands as Slack’s own between the text before and after it', () => {
    const source = 'Here:\n\n| name | size |\n|:--|--:|\n| a | 1 |\n| **b** | |\n\nThat was *it*.';
    const { blocks } = renderMarkdown(source);
    expect(blocks).toEqual([
      { type: 'markdown', text: 'Here:' },
      {
        type: 'table',
        rows: [
          [bold('name'), bold('size')],
          [raw('a'), raw('1')],
          [bold('b'), raw(' ')],
        ],
        column_settings: [
          { align: 'left', is_wrapped: true },
          { align: 'right', is_wrapped: true },
        ],
      },
      { type: 'markdown', text: 'That was *it*.' },
    ]);
  });

  test('keeps links, code and line breaks of its cells; an address that is none stays words', () => {
    const row = '| [run `x`](https://a.example/b) | `a\\|b` | one<br>two | [bad](javascript:alert) | ~~no~~ ***so*** |';
    const [table] = renderMarkdown(`| a | b | c | d | e |\n|---|---|---|---|---|\n${row}`).blocks;
    expect(rowsOf(table)[1]).toEqual([
      rich({ type: 'link', url: 'https://a.example/b', text: 'run x' }),
      rich({ type: 'text', text: 'a|b', style: { code: true } }),
      raw('one\ntwo'),
      raw('bad'),
      rich(
        { type: 'text', text: 'no', style: { strike: true } },
        { type: 'text', text: ' ' },
        { type: 'text', text: 'so', style: { italic: true, bold: true } },
      ),
    ]);
  });

  test('is a data table when the message has one already, or when it is too long for a table', () => {
    const small = '| a | b |\n|---|---|\n| 1 | 2 |';
    const { blocks } = renderMarkdown(`${small}\n\nand\n\n${small}\n\n${small}`);
    expect(kinds(blocks)).toEqual(['table', 'markdown', 'data_table', 'data_table']);
    expect(blocks[2]).toEqual({
      type: 'data_table',
      caption: 'a, b',
      rows: [
        [raw('a'), raw('b')],
        [raw('1'), raw('2')],
      ],
      page_size: 1,
    });
    const long = renderMarkdown(`| a | b |\n|---|---|\n${lines(200, (n) => `| ${n} | x |`)}`);
    expect(kinds(long.blocks)).toEqual(['data_table']);
    expect(rowsOf(long.blocks[0])).toHaveLength(201);
  });

  test('is aligned text, whole, when it is wider or longer than Slack takes', () => {
    const long = renderMarkdown(`| file | size |\n|---|--:|\n${lines(300, (n) => `| f${n} | ${n} |`)}`);
    expect(kinds(long.blocks)).toEqual(['markdown']);
    expect(textOf(long.blocks[0])).toMatch(/^```\nfile {2}size\n---- {2}----\nf0 {7}0\n/);
    expect(textOf(long.blocks[0]).match(/^f\d+ +\d+$/gm)).toHaveLength(300);
    const columns = Array.from({ length: 21 }, (_, n) => `c${n}`);
    const wide = renderMarkdown(`| ${columns.join(' | ')} |\n|${'---|'.repeat(21)}\n| ${columns.join(' | ')} |`);
    const band = (names: string[]) => {
      const line = names.map((name) => name.padEnd(3)).join('  ');
      return [line.trimEnd(), names.map(() => '---').join('  '), line.trimEnd()].join('\n');
    };
    // Side by side as far as a line goes, then the rest below, with the first column again.
    const first = band(columns.slice(0, 16));
    expect(textOf(wide.blocks[0])).toBe(`\`\`\`\n${first}\n\n${band(['c0', ...columns.slice(16)])}\n\`\`\``);
  });

  test('is not padded for a long cell, nor beyond what a message holds', () => {
    const row = (n: number) => `| ${n} | ${n === 7 ? 'long '.repeat(30).trim() : 'x'} |`;
    const [block] = renderMarkdown(`| n | what |\n|---|---|\n${lines(250, row)}`).blocks;
    expect(textOf(block)).toMatch(/^7 {4}long long .* long$/m);
    const columns = 30;
    const cells = (n: number) => Array.from({ length: columns }, (_, c) => (n === c ? 'x'.repeat(39) : '')).join('|');
    const source = `|${'h|'.repeat(columns)}\n|${'-|'.repeat(columns)}\n${lines(columns, (n) => `|${cells(n)}|`)}`;
    const tight = textOf(renderMarkdown(`${source}\n\n${'word '.repeat(1_700)}`).blocks[0]);
    expect(tight.length).toBeLessThanOrEqual(12_000);
    expect(tight.match(/x{39}/g)).toHaveLength(columns);
  });

  test('keeps a fence of its own where a cell has one', () => {
    const head = `|${'h|'.repeat(21)}\n|${'-|'.repeat(21)}`;
    expect(textOf(renderMarkdown(`${head}\n| \`\`\`\`\` |`).blocks[0])).toMatch(/^`{6}\nh/);
  });

  test('with a row longer than its head loses nothing', () => {
    const [table] = renderMarkdown('| a |\n|---|\n| 1 | 2 |').blocks;
    expect(rowsOf(table)).toEqual([
      [bold('a'), raw(' ')],
      [raw('1'), raw('2')],
    ]);
  });

  test('in a list, a quote or code is part of that', () => {
    const source = '- x\n\n  | a |\n  |---|\n  | 1 |\n\n> | a |\n> |---|\n\n```\n| a |\n|---|\n```';
    expect(renderMarkdown(source).blocks).toEqual([{ type: 'markdown', text: source }]);
  });

  test('has a form for a Slack that takes none, with the same words', () => {
    const { blocks, text, tableless } = renderMarkdown('Here:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nDone.');
    expect(kinds(blocks)).toContain('table');
    expect(tableless).toEqual({
      text,
      blocks: [{ type: 'markdown', text: 'Here:\n\n```\na    b\n---  ---\n1    2\n```\n\nDone.' }],
    });
    expect(renderMarkdown('| not | a table |').tableless).toBeNull();
  });

  test('pings nobody from any cell, label or code', () => {
    const ping = '&lt;!here&gt; `&#64;channel` [&lt;@U1&gt;](https://a.example) <b>@everyone';
    const many = lines(3, () => `| ${ping} | x |`);
    const { blocks, text, tableless } = renderMarkdown(
      `| ${ping} | b |\n|---|---|\n${many}\n\n| a |\n|---|\n| ${ping} |`,
    );
    expect(JSON.stringify([blocks.slice(0, 2), text, tableless?.blocks[0]])).not.toMatch(/<[!@#]|@(here|everyone)/);
  });
});

test('Slack takes what any document becomes, and every cell is there, in order', () => {
  const cell = fc.oneof(
    fc.constantFrom('', '**bold** word', '`code`', '[a](https://b.example)', '<br>', '&amp;', '😀', '\\|'),
    fc.string({ maxLength: 20 }).map((words) => words.replace(/[\r\n|\\`<[]|c\d/g, ' ')),
  );
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 6 })) },
    { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 18, max: 23 }), fc.integer({ min: 0, max: 9 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant(1), fc.integer({ min: 95, max: 240 })) },
  );
  const table = size.chain(([columns, rows]) => {
    const row = fc.array(cell, { minLength: columns, maxLength: columns });
    return fc.array(row, { minLength: rows + 1, maxLength: rows + 1 });
  });
  const block = fc.oneof(table, fc.constantFrom('Some *prose*.', '- a\n- b', '```ts\nlet a;\n```', '# Title'));
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 30 }), (all) => {
      let cells = 0;
      let source = '';
      for (const each of all) {
        if (typeof each === 'string') source += `${each}\n\n`;
        else {
          const [head = [], ...rows] = each.map((row) => row.map((words) => `${words} c${++cells}`));
          const line = (row: string[]) => `|${row.join('|')}|`;
          source += `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n\n`;
        }
        if (source.length > 10_000) break;
      }
      const { blocks, text } = renderMarkdown(source.slice(0, 11_500));
      expect(() => checkBlocks(blocks, { max: 50 })).not.toThrow();
      expect(text.length).toBeLessThanOrEqual(3_800);
      const bodies = blocks.map((each) => (each.type === 'data_table' ? each.rows : each));
      // A wide table repeats its first column.
      const shown = [...new Set(JSON.stringify(bodies).match(/c\d+\b/g) ?? [])];
      if (all.some((each) => typeof each !== 'string' && (each[0]?.length ?? 0) > 20)) {
        shown.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
      }
      const expected = Array.from({ length: cells }, (_, n) => `c${n + 1}`);
      expect(shown).toEqual(source.length > 11_500 ? expected.slice(0, shown.length) : expected);
    }),
    { numRuns: 40 },
  );
});

describe('the words for notifications and screen readers', () => {
  const words = (source: string) => renderMarkdown(source).text;

  test('have no marks', () => {
    const source = [
      '## Cause',
      'The **deploy** of _Tuesday_ ~~broke~~ `checkout`, see [the runbook](https://a.example) ![chart](https://c.example).',
      '1. first\n2. second\n   - [x] inner\n   - [ ] open',
      '> said',
      '| a | b |\n|---|---|\n| 1 | **2** |',
      '```ts\nconst a = 1;\n```',
      '---',
      'Two<br>lines &amp; 3 < 4.',
    ].join('\n\n');
    expect(words(source).split('\n')).toEqual([
      'Cause',
      'The deploy of Tuesday broke checkout, see the runbook chart.',
      '1. first',
      '2. second',
      '• done: inner',
      '• to do: open',
      'said',
      'a, b',
      '1, 2',
      'const a = 1;',
      'Two',
      'lines &amp; 3 &lt; 4.',
    ]);
  });

  test('are cut between words, never through an entity or a character', () => {
    const long = words('word & '.repeat(2_000));
    expect(long.length).toBeLessThanOrEqual(3_800);
    expect(long).toMatch(/(word|&amp;)…$/);
    expect(words('&'.repeat(4_000))).toMatch(/^(&amp;)+…$/);
    expect(words('😀'.repeat(2_500))).toMatch(/^(😀)+…$/u);
  });
});
