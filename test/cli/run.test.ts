import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCli } from './rig.ts';

let cli: ReturnType<typeof createCli>;
beforeEach(() => {
  cli = createCli();
});
afterEach(() => cli.remove());

test('without a command the bot is started', async () => {
  expect(await cli.run()).toEqual({ exitCode: null, stdout: '', stderr: '' });
  await cli.run('--playground');
  expect(cli.started).toEqual([{ playground: false }, { playground: true }]);
});

test('a recording is asked for with where it goes, and whether it keeps texts', async () => {
  await cli.run('--record', 'x.jsonl');
  await cli.run('--record', 'x/', '--record-text');
  expect(cli.started).toEqual([
    { playground: false, record: { path: 'x.jsonl', keepsText: false } },
    { playground: false, record: { path: 'x/', keepsText: true } },
  ]);
  expect(await cli.run('--record-text')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--record as well'),
  });
});

test('what starting throws is not swallowed', async () => {
  cli.started.push = () => {
    throw new Error('no port');
  };
  await expect(cli.run()).rejects.toThrow('no port');
});

test.each([
  ['--help'],
  ['-h'],
  ['audit', '--help'],
  ['audit', 'verify', '--help'],
  ['audit', 'export', '-h'],
  ['policy', 'test', '--help'],
  ['plan', '--help'],
  ['apply', '--help'],
  ['doctor', '--help'],
  ['replay', '--help'],
])('help fits the screen: %s %s %s', async (...args) => {
  const { exitCode, stdout, stderr } = await cli.run(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: drawbridge/);
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  expect(cli.started).toEqual([]);
});

test('the help of verify says what a chain cannot show', async () => {
  const { stdout } = await cli.run('audit', 'verify', '--help');
  expect(stdout).toContain('cut off its end');
  expect(stdout).toContain('--head');
});

test('the version is a line of its own', async () => {
  expect(await cli.run('--version')).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
});

test.each([
  ['an unknown option', ['--playgruond'], '--playgruond'],
  ['an unknown command', ['audti'], 'Commands:'],
  ['an unknown command of a command', ['audit', 'veryfi'], 'veryfi'],
  ['a command that needs another', ['audit'], 'verify'],
  ['a value that is none', ['audit', 'export', '--format', 'xml'], 'csv, json'],
  ['a missing value', ['audit', 'verify', '--data'], '--data'],
  ['too much', ['audit', 'verify', 'everything'], 'Usage: drawbridge audit verify'],
])('%s is refused with the usage', async (_, args, word) => {
  const { exitCode, stdout, stderr } = await cli.run(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(word);
  expect(stderr).toContain('Usage: drawbridge');
  expect(cli.started).toEqual([]);
});
