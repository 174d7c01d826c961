import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replacedIn, saveEnv, withValues } from '../../../src/cli/setup/env-file.ts';
import { createFolder } from '../../e2e/built-bot.ts';

describe('the text of .env', () => {
  it('changes the lines it is about, and no other', () => {
    const before = '# mine\nLOG_LEVEL=debug # loud\nexport SLACK_BOT_TOKEN = "old"\n\n#SLACK_APP_TOKEN=x\nPORT=8081';
    expect(withValues(before, { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' })).toBe(
      '# mine\nLOG_LEVEL=debug # loud\nSLACK_BOT_TOKEN=xoxb-1\n\n#SLACK_APP_TOKEN=x\nPORT=8081\nSLACK_APP_TOKEN=xapp-1\n',
    );
  });

  it('sets the one of several that counts', () => {
    expect(withValues('A=1\nA=2\n', { A: '3' })).toBe('A=1\nA=3\n');
  });

  it('begins a new file with what it is', () => {
    expect(withValues('', { A: '1' })).toMatch(/^# .*\.env\.example.*\nA=1\n$/);
  });

  it.each(['a\\nb', '\\n!', '#\\n'])('keeps a backslash what it is: %s', (given) => {
    expect(parseEnv(withValues('', { A: given })).A).toBe(given);
  });

  it('is read as what was given, whatever that is', () => {
    // What has both cannot be put in quotes that leave all else as it is; such a file is not written.
    const value = fc
      .stringMatching(/^[\x21-\x7e]{1,40}$/)
      .filter((text) => !(text.includes("'") && text.includes('`')));
    fc.assert(
      fc.property(value, fc.constantFrom('', 'A=0\n', '# x\nA="old"\nB=2\n'), (given, before) => {
        const { B } = parseEnv(before);
        const read = parseEnv(withValues(before, { A: given }));
        expect({ A: read.A, B: read.B }).toEqual({ A: given, B });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the file', () => {
  let folder: ReturnType<typeof createFolder>;
  let path: string;
  beforeEach(() => {
    folder = createFolder();
    path = join(folder.path, '.env');
  });
  afterEach(() => folder.remove());

  const mode = () => statSync(path).mode & 0o777;

  it('is for its owner alone, also where it was not before, and leaves nothing beside it', () => {
    saveEnv(path, { A: '1' });
    expect(mode()).toBe(0o600);
    chmodSync(path, 0o644);
    saveEnv(path, { A: '2' });
    expect(mode()).toBe(0o600);
    expect(parseEnv(readFileSync(path, 'utf8'))).toEqual({ A: '2' });
    expect(readdirSync(folder.path)).toEqual(['.env']);
  });

  it('stays a link where it is one', () => {
    mkdirSync(join(folder.path, 'secrets'));
    const target = join(folder.path, 'secrets', 'env');
    writeFileSync(target, 'A=1\n');
    symlinkSync(target, path);
    saveEnv(path, { A: '2' });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('A=2\n');
  });

  it('is not touched when a value in it could not be changed without another', () => {
    const before = 'A="one\nB=two"\n';
    writeFileSync(path, before);
    expect(() => saveEnv(path, { B: '3' })).toThrow(/was not written.*Set B there yourself/);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('says what to do when it cannot be read or written', () => {
    mkdirSync(path);
    expect(() => saveEnv(path, { A: '1' })).toThrow(/cannot be read \(EISDIR\)/);
    expect(() => saveEnv(join(folder.path, 'nowhere', '.env'), { A: '1' })).toThrow(/was not written \(ENOENT\)/);
  });

  it('is asked which values would be others', () => {
    writeFileSync(path, 'A=1\nB=2\nC=\n');
    expect(replacedIn(path, { A: '1', B: '3', C: '4', D: '5' })).toEqual(['B']);
    expect(replacedIn(join(folder.path, 'none'), { A: '1' })).toEqual([]);
  });
});
