import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runInWorld } from '../world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drawbridge-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const replay = (path: string, ...args: string[]) => runInWorld(['replay', path, ...args], {});

const head = '{"drawbridge":"recording","version":1,"text":"replaced"}';

it.each([
  ['an empty one', '', 'is empty: nothing was recorded'],
  ['one without entries', `${head}\n`, 'nothing behind it'],
  ['another kind of file', '{"name":"x"}\n', 'is no recording of Drawbridge'],
  ['no JSON at all', 'hello\nworld\n', 'is no recording of Drawbridge'],
  ['one of an unknown version', '{"drawbridge":"recording","version":7,"text":"kept"}\n', 'is of version 7'],
  ['a damaged one', `${head}\n{"type":"idle","at":1,"thread":"t1","reason":"end_turn"}\n{"type":"sa\n{}\n`, 'line 3'],
  ['one with an entry that is none', `${head}\n{"type":"idle","at":-1,"thread":"t1","reason":"x"}\n`, 'line 2 (at)'],
])('%s is named, with what is wrong', async (_, text, words) => {
  const path = join(folder, 'x.jsonl');
  writeFileSync(path, text);
  const { exitCode, stdout, stderr } = await replay(path);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(path);
  expect(stderr).toContain(words);
});

it('one that is not there is named', async () => {
  expect(await replay(join(folder, 'none.jsonl'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('There is no'),
  });
});

it('a speed that is none is refused', async () => {
  const path = join(folder, 'x.jsonl');
  writeFileSync(path, head);
  expect(await replay(path, '--speed', 'fast')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--speed'),
  });
});
