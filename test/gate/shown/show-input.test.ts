import { describe, expect, it } from 'vitest';
import { excerptOf, showInput } from '../../../src/gate/shown/show-input.ts';

const built = (name: string, input: Record<string, unknown>) => showInput({ kind: 'built-in', name, input });

describe('bash', () => {
  it('is its command, as it runs', () => {
    expect(built('bash', { command: 'ls -l | wc\n# "quoted"' })).toEqual({
      format: 'text',
      text: 'ls -l | wc\n# "quoted"',
      masked: 0,
    });
  });

  it('leaves nothing out that it is given besides', () => {
    expect(built('bash', { command: 'ls', restart: true, 'odd\nname': ['x'] }).text).toBe(
      'restart: true\n"odd\\nname": ["x"]\nls',
    );
  });

  it('without a command that is text is shown as what it is', () => {
    expect(built('bash', { command: ['rm', '-rf'] }).text).toBe(JSON.stringify({ command: ['rm', '-rf'] }, null, 2));
  });

  it('has secrets masked and invisible characters shown', () => {
    expect(built('bash', { command: 'PASSWORD=hunter2 \u202els' })).toEqual({
      format: 'text',
      text: 'PASSWORD=•••••• \\u202els',
      masked: 1,
    });
  });
});

describe('an edit', () => {
  const edit = (before: string, after: string, more: Record<string, unknown> = {}) =>
    built('edit', { file_path: 'src/a.ts', old_string: before, new_string: after, ...more });

  it('is a diff', () => {
    expect(edit('one\ntwo\nthree\n', 'one\n2\nthree\n')).toEqual({
      format: 'diff',
      text: 'edit src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three',
      masked: 0,
    });
  });

  it('of lines that look like the head of a diff shows them as lines', () => {
    const { text } = edit('--- a\n+++ b\n@@ -1 +1 @@\nx', '--- a\n+++ c\n@@ -1 +1 @@\nx');
    expect(text.split('\n').slice(2)).toEqual([
      ' --- a',
      '-+++ b',
      '++++ c',
      ' @@ -1 +1 @@',
      ' x',
      '\\ No newline at end of file',
    ]);
  });

  it('keeps spaces at the end of its last line, and says when nothing differs', () => {
    expect(edit('a\n', 'a  \n').text.endsWith('\n+a  ')).toBe(true);
    expect(edit('a', 'a').text).toBe('edit src/a.ts\n(no difference)');
  });

  it('of one secret into another shows that it changes', () => {
    const { text, masked } = edit('PASSWORD=hunter2\n', 'PASSWORD=hunter3\n');
    expect(text).toContain('-PASSWORD=••••••\n+PASSWORD=••••••');
    expect(masked).toBe(2);
  });

  it('names what else it is given, and cannot be faked by the name of its file', () => {
    expect(edit('a', 'b', { replace_all: true }).text.split('\n')[0]).toBe('replace_all: true');
    const { text } = built('edit', { file_path: 'a\n+good line', old_string: 'a', new_string: 'b' });
    expect(text.split('\n')[0]).toBe('edit "a\\n+good line"');
  });

  it('of two large texts that differ everywhere is still all there, quickly', () => {
    const lines = (seed: number) => Array.from({ length: 4_000 }, (_, n) => `${(n * seed) % 7919}`).join('\n');
    const before = process.cpuUsage();
    const { text } = edit(lines(3), lines(5));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_500);
    expect(text.split('\n').filter((line) => line.startsWith('+')).length).toBeGreaterThan(3_900);
  });

  it('that lacks a field is shown as its fields', () => {
    expect(built('edit', { file_path: 'a', old_string: 'x' })).toMatchObject({ format: 'text' });
  });
});

it('shows a written file as new lines', () => {
  expect(built('write', { file_path: 'notes.md', content: 'one\n\n-two' })).toEqual({
    format: 'diff',
    text: 'write notes.md\n+one\n+\n+-two',
    masked: 0,
  });
});

describe('every other input', () => {
  it('is its JSON, all of it, with secrets masked in it', () => {
    const input = { query: 'x', nested: { list: [1, null, false] }, api_key: 'a "b" c' };
    expect(showInput({ kind: 'mcp', name: 'search', input })).toEqual({
      format: 'text',
      text: JSON.stringify({ ...input, api_key: '••••••' }, null, 2),
      masked: 1,
    });
    expect(showInput({ kind: 'mcp', name: 'bash', input: { command: 'ls' } }).text).toBe('{\n  "command": "ls"\n}');
  });

  it('has secrets found behind a line break', () => {
    const text = 'see\nghp_0123456789abcdefABCD';
    expect(showInput({ kind: 'custom', name: 'x', input: { text } }).text).toContain('see\\nghp_••••••');
  });
});

describe('an excerpt', () => {
  it('is the whole of what fits', () => {
    expect(excerptOf({ format: 'text', text: 'ls' })).toEqual({
      excerpt: { format: 'text', text: 'ls' },
      isCut: false,
    });
  });

  it.each([
    ['too many letters', 'x'.repeat(2_401), 2_400],
    ['too many lines', 'x\n'.repeat(60), 79],
    ['a letter of two halves at the limit', `${'x'.repeat(2_399)}🙂`, 2_399],
  ])('of %s is cut, and says so', (_, text, length) => {
    const { excerpt, isCut } = excerptOf({ format: 'text', text });
    expect(isCut).toBe(true);
    expect(excerpt.text).toHaveLength(length);
    expect(text.startsWith(excerpt.text)).toBe(true);
  });

  it('of exactly what fits is not cut', () => {
    expect(excerptOf({ format: 'text', text: 'x'.repeat(2_400) }).isCut).toBe(false);
    expect(excerptOf({ format: 'text', text: Array(40).fill('x').join('\n') }).isCut).toBe(false);
  });
});
