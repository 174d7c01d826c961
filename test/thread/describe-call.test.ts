import { expect, it } from 'vitest';
import { describeCall } from '../../src/thread/describe-call.ts';

it.each([
  [{ kind: 'built-in', name: 'bash', input: { command: 'npm test' }, asks: false }, 'bash · npm test'],
  [
    { kind: 'built-in', name: 'read', input: { file_path: '/app/a.ts', view_range: [1, 9] }, asks: false },
    'read · /app/a.ts',
  ],
  [{ kind: 'built-in', name: 'bash', input: { restart: true }, asks: false }, 'bash'],
  [{ kind: 'built-in', name: 'grep', input: { pattern: 'a\n\tb' }, asks: false }, 'grep · a b'],
  [{ kind: 'mcp', server: 'linear', name: 'list_issues', input: {}, asks: true }, 'linear · list issues'],
  [{ kind: 'custom', name: 'ask_user', input: { question: 'Which region?' }, asks: true }, 'ask user · Which region?'],
] as const)('says in words what %o does', (tool, words) => {
  expect(describeCall(tool)).toBe(words);
});

it('stays one short line however long the input is', () => {
  const words = describeCall({ kind: 'built-in', name: 'bash', input: { command: 'x'.repeat(5000) }, asks: false });
  expect(words.length).toBeLessThanOrEqual(140);
  expect(words.endsWith('…')).toBe(true);
});

it('shows no secret, and nothing invisible', () => {
  const bash = (command: string) => describeCall({ kind: 'built-in', name: 'bash', input: { command }, asks: false });
  expect(bash('export PASSWORD=hunter2\nrun')).toBe('bash · export PASSWORD=•••••• run');
  expect(bash('rm \u202efdp.txt')).toBe('bash · rm \\u202efdp.txt');
  expect(bash(`PASSWORD=${'x'.repeat(300)} run`)).toBe('bash · PASSWORD=•••••• run');
});
