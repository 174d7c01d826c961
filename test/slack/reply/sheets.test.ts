import { expect, test } from 'vitest';
import { digestOf } from '../../../src/slack/reply/message.ts';
import type { RowData } from '../../../src/slack/reply/rows.ts';
import { projectSheets } from '../../../src/slack/reply/sheets.ts';
import { longText, notice, step, text, view } from './setting.ts';

const empty: RowData = {
  posts: {},
  streams: {},
  reach: {},
  steps: {},
  own: [],
  footed: false,
  joined: {},
  fellBack: null,
  receipts: {},
};
const project = (shown: ReturnType<typeof view>, rows: Partial<RowData> = {}) =>
  projectSheets(shown, { rows: { ...empty, ...rows }, live: true });
const keys = (sheets: { key: string }[]) => sheets.map(({ key }) => key);

test('keys are made of event ids and parts, so the same view has the same keys and digests', () => {
  const shown = view(
    'working',
    step('s1'),
    text('e1', 'x'),
    notice('n1', { code: 'held', until: 'answer' }),
    step('s2'),
  );
  expect(keys(project(shown))).toEqual(['live:start:0', 'notice:n1', 'live:n1:0']);
  const digests = (from: typeof shown) => project(from).map(({ digest }) => digest);
  expect(digests(structuredClone(shown))).toEqual(digests(shown));
});

test('a growing preview changes the digest of the live sheet and nothing else', () => {
  const done = [step('s1', 'done'), text('e1', longText(3_000))] as const;
  const before = project(view('working', ...done, text('e2', 'a', 'preview')));
  const after = project(view('working', ...done, text('e2', 'a b', 'preview')));
  expect(keys(after)).toEqual(keys(before));
  expect(after.map((sheet, n) => sheet.digest === before[n]?.digest)).toEqual([true, true, false]);
});

test('there is a button while the agent works, and only then', () => {
  const buttons = (phase: Parameters<typeof view>[0]) =>
    project(view(phase, step('s1'))).flatMap(({ blocks }) => blocks.filter(({ type }) => type === 'actions')).length;
  expect((['starting', 'working', 'retrying', 'waiting', 'ended'] as const).map(buttons)).toEqual([1, 1, 1, 0, 0]);
});

test('no message is larger than Slack takes', () => {
  const steps = Array.from({ length: 130 }, (_, n) => ({
    ...step(`s${n}`),
    title: 'long title <!channel> '.repeat(40),
  }));
  const preview = text('e2', `\`\`\`ts\n${'const a = "<@U1>";\n'.repeat(3_000)}`, 'preview');
  const sheets = project(view('retrying', text('e1', longText(60_000)), ...steps, preview));
  for (const { blocks, text: words } of sheets) {
    expect(words.length).toBeLessThanOrEqual(3_800);
    expect(words.length).toBeGreaterThan(0);
    expect(blocks.length).toBeLessThanOrEqual(50);
    const shown = blocks.map((block) => (block.type === 'markdown' ? block.text.length : 0));
    expect(Math.max(...shown)).toBeLessThanOrEqual(11_500);
    for (const block of blocks) {
      if (block.type !== 'plan') continue;
      expect(block.tasks?.length).toBeLessThanOrEqual(40);
      for (const task of block.tasks ?? []) expect(String(task.title).length).toBeLessThanOrEqual(250);
    }
    expect(JSON.stringify([blocks, words])).not.toMatch(/<[!@]/);
  }
});

test('a preview is shown whole as long as there is room, and of code its end still reads as code', () => {
  const block = (code: string) => {
    const [live] = project(view('working', text('e1', code, 'preview')));
    return live?.blocks.find(({ type }) => type === 'markdown');
  };
  const fence = (lines: number) => `\`\`\`ts\n${'const a = 1;\n'.repeat(lines)}`;
  expect(block(fence(500))).toMatchObject({ text: `${fence(500)}\`\`\`` });
  expect(block(fence(1_000))).toMatchObject({
    text: expect.stringMatching(/^…\n\n```ts\nconst a[\s\S]*\n```$/),
  });
});

test('what has its place among the steps keeps it, however many more come', () => {
  const pieces = Array.from({ length: 60 }, (_, n) =>
    n % 3 === 2 ? text(`e${n}`, `Remark ${n}. `.repeat(40)) : step(`s${n}`, 'done'),
  );
  const places = (count: number) =>
    new Map(
      project(view('working', ...pieces.slice(0, count), step('next'))).flatMap(({ key, work }) =>
        (work?.texts ?? []).map((id) => [id, key] as const),
      ),
    );
  const all = places(60);
  expect(new Set(all.values()).size).toBeGreaterThan(1);
  for (let count = 1; count < 60; count += 1) for (const [id, key] of places(count)) expect(all.get(id)).toBe(key);
});

test('a preview shows nothing that may turn into something else, and reads as words where blocks are not shown', () => {
  const live = (words: string) => {
    const [sheet] = project(view('working', text('e1', words, 'preview')));
    const block = sheet?.blocks.find(({ type }) => type === 'markdown');
    return { shown: block?.type === 'markdown' ? block.text : '', words: sheet?.text };
  };
  const rows = '| a | b |\n|---|---|\n| 1 | **2** |\n';
  expect(live(`## So\n\nIt **is** [here](https://a.example) and **no`)).toEqual({
    shown: '## So\n\nIt **is** [here](https://a.example) and',
    words: 'So\nIt is here and',
  });
  expect(live(`${rows}| 3 |`)).toEqual({ shown: rows.trimEnd(), words: 'a, b\n1, 2' });
  expect(live('**')).toEqual({ shown: '', words: 'Working on it…' });
  expect(live('```ts\nlet a;\n``')).toEqual({ shown: '```ts\nlet a;\n```', words: 'let a;' });
});

test('a preview cut inside a table keeps its head', () => {
  const rows = `| name | size |\n|---|--:|\n${'| a name | 1 |\n'.repeat(900)}`;
  const [live] = project(view('working', text('e1', rows, 'preview')));
  const block = live?.blocks.find(({ type }) => type === 'markdown');
  expect(block).toMatchObject({ text: expect.stringMatching(/^…\n\n\| name \| size \|\n\|---\|--:\|\n\| a name \|/) });
});

test('what stands in closed streams is not shown again', () => {
  const shown = view('ended', step('s1', 'done'), text('e1', 'One two three.'));
  const rows = { reach: { e1: { chars: 8, digest: digestOf('One two ') } }, steps: { s1: 'done' } };
  const sheets = project(shown, rows);
  expect(keys(sheets)).toEqual(['e1:8+0']);
  expect(sheets[0]?.blocks[0]).toMatchObject({ text: 'three.' });
  const other = { reach: { e1: { chars: 8, digest: digestOf('Eins zwei') } }, steps: { s1: 'done' } };
  expect(keys(project(shown, other))).toEqual(['e1:0']);
});
