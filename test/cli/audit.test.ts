import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/thread/gate-ports.ts';
import type { ThreadId } from '../../src/thread/ids.ts';
import type { QuestionId } from '../../src/thread/question.ts';
import { AT, entry, THREAD } from '../gate/audit/entries.ts';
import { createCli } from './rig.ts';

let cli: ReturnType<typeof createCli>;
beforeEach(() => {
  cli = createCli();
});
afterEach(() => cli.remove());

const hashOf = (line: string | undefined): string => JSON.parse(line ?? '').hash;
const audit = (...args: string[]) => cli.run('audit', ...args);

describe('verify', () => {
  test('says how many entries there are and where the chain ends', async () => {
    const lines = cli.audit([entry('a'), entry('b')]);
    expect(await audit('verify')).toEqual({
      exitCode: 0,
      stdout: `OK: 2 entries, head ${hashOf(lines[1])}\n`,
      stderr: '',
    });
  });

  test('reads the folder that is given, whatever the settings say', async () => {
    const other = createCli();
    const [line] = other.audit([entry('a')]);
    expect(await audit('verify', '--data', other.folder)).toMatchObject({
      exitCode: 0,
      stdout: `OK: 1 entry, head ${hashOf(line)}\n`,
    });
    other.remove();
  });

  test('names the first broken entry', async () => {
    const [a = '', b = '', c = ''] = cli.audit([entry('a'), entry('b'), entry('c')]);
    cli.file('audit.jsonl', a + b.replace('"b"', '"B"') + c.replace('"c"', '"C"'));
    const { exitCode, stdout, stderr } = await audit('verify');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^BROKEN: line 2 of \S+audit\.jsonl \(entry 2\) has a hash that does not match its content/);
    expect(stderr).toContain(`Before it: 1 whole entry, head ${hashOf(a)}.`);
  });

  test('finds what was cut off the end when it is told what stood there', async () => {
    const [a = '', b = ''] = cli.audit([entry('a'), entry('b')]);
    expect(await audit('verify', '--head', hashOf(a))).toMatchObject({ exitCode: 0 });
    cli.file('audit.jsonl', a);
    expect(await audit('verify')).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await audit('verify', '--head', hashOf(b));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`no entry has the hash ${hashOf(b)}`);
    expect(await audit('verify', '--head', 'abc')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('says when there is nothing to verify, and where to look', async () => {
    const { exitCode, stdout, stderr } = await audit('verify');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      `There is no ${join(cli.folder, 'audit.jsonl')}: Drawbridge writes it into its data folder; give that one with --data or DRAWBRIDGE_DATA.\n`,
    );
    expect(await audit('export')).toMatchObject({ exitCode: 2, stdout: '', stderr });
  });
});

const OTHER = 'T1/C1/1700000001.000200' as ThreadId;
const question = 'q1' as QuestionId;
const base = { at: AT, thread: THREAD, session: 'sesn_1', by: null };
const ENTRIES: AuditEntry[] = [
  { ...base, by: 'U1', type: 'input', input: 'message', ts: '1700000000.000100', textHash: 'aa', text: '=SUM(A1)' },
  {
    ...base,
    type: 'question',
    question,
    subject: 'tool',
    event: 'sevt_1',
    tool: { kind: 'mcp', name: 'create_issue', server: 'github' },
    requesters: ['U1', 'U2'],
    inputHash: 'bb',
    input: { title: 'a "b"' },
  },
  { ...base, type: 'verdict', question, verdict: 'ask', rule: 'issues, and more' },
  { ...base, by: 'U2', type: 'decision', question, choice: 'deny', reason: '- no\nnever' },
  { ...base, by: 'U3', type: 'refused', question, why: 'guest' },
  { ...base, by: 'U2', type: 'opened', question },
  { ...base, type: 'nudge', question, nudge: 'reminder:1' },
  { ...base, type: 'answer', question, answer: 'confirmation', allow: false, how: 'accepted' },
  { ...base, by: 'U2', session: null, type: 'budget', question, scope: 'thread', toCents: 500 },
];

describe('export', () => {
  test('as CSV has a line per entry, and nothing that a spreadsheet would run', async () => {
    const lines = cli.audit(ENTRIES);
    const { exitCode, stdout, stderr } = await audit('export');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const at = `2026-01-31T12:00:00.000Z`;
    const where = `${THREAD},sesn_1`;
    const rows = [
      'seq,time,type,thread,session,by,question,tool,detail,rule,reason,requesters,event,content_hash,content,hash',
      `1,${at},input,${where},U1,,,message,,,,1700000000.000100,aa,'=SUM(A1),`,
      `2,${at},question,${where},,q1,mcp:github:create_issue,tool,,,U1 U2,sevt_1,bb,"{""title"":""a \\""b\\""""}",`,
      `3,${at},verdict,${where},,q1,,ask,"issues, and more",,,,,,`,
      `4,${at},decision,${where},U2,q1,,deny,,"'- no\nnever",,,,,`,
      `5,${at},refused,${where},U3,q1,,guest,,,,,,,`,
      `6,${at},opened,${where},U2,q1,,,,,,,,,`,
      `7,${at},nudge,${where},,q1,,reminder:1,,,,,,,`,
      `8,${at},answer,${where},,q1,,confirmation deny accepted,,,,,,,`,
      `9,${at},budget,${THREAD},,U2,q1,,thread to 500 cents,,,,,,,`,
    ];
    const expected = rows.map((row, index) => `${row}${index === 0 ? '' : hashOf(lines[index - 1])}\r\n`);
    expect(stdout).toBe(expected.join(''));
  });

  test('as JSON gives the entries as they stand, hashes and all', async () => {
    const lines = cli.audit(ENTRIES);
    const { exitCode, stdout } = await audit('export', '--format', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(lines.map((line) => JSON.parse(line)));
  });

  const inOther = (reason: string) => entry(reason, { thread: OTHER });
  const elsewhere = (reason: string) => entry(reason, { thread: OTHER.replace('T1', 'T2') as ThreadId });

  test.each([
    [OTHER, ['b']],
    ['C1/1700000001.000200', ['b', 'c']],
    ['https://x.slack.com/archives/C1/p1700000001000200', ['b', 'c']],
    ['https://x.slack.com/archives/C1/p1700000099000900?thread_ts=1700000001.000200&cid=C1', ['b', 'c']],
    [THREAD, ['a']],
  ])('of one thread, %s', async (thread, expected) => {
    cli.audit([entry('a'), inOther('b'), elsewhere('c')]);
    const { stdout } = await audit('export', '--format', 'json', '--thread', thread);
    expect(JSON.parse(stdout).map(({ reason }: { reason: string }) => reason)).toEqual(expected);
  });

  test.each([
    '',
    'C1',
    'C1/123',
    '/1700000001.000200',
    'a/b/C1/1700000001.000200',
    'https://x.slack.com/archives/C1',
    'https://',
  ])('does not guess what thread %j may be', async (thread) => {
    cli.audit([entry('a')]);
    const { exitCode, stdout, stderr } = await audit('export', '--thread', thread);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Copy link');
  });

  test.each([
    ['24h', ['b', 'c']],
    ['1d', ['b', 'c']],
    ['7d', ['a', 'b', 'c']],
    ['1440m', ['b', 'c']],
    ['23h', ['c']],
    ['2026-01-31', ['b', 'c']],
    ['2026-01-31T13:00:00+01:00', ['b', 'c']],
    ['2026-01-31T12:00:00.001Z', ['c']],
  ])('since %s', async (since, expected) => {
    cli.audit([entry('a', { at: AT - 86_400_000 }), entry('b'), entry('c', { at: AT + 3_600_001 })]);
    const { stdout } = await audit('export', '--format', 'json', '--since', since);
    expect(JSON.parse(stdout).map(({ reason }: { reason: string }) => reason)).toEqual(expected);
  });

  test.each(['30', '30 days', 'yesterday', '2026-13-01', '31.1.2026', '-1d'])(
    'does not guess when %j was',
    async (since) => {
      cli.audit([entry('a')]);
      expect(await audit('export', `--since=${since}`)).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining('30d or 12h'),
      });
    },
  );

  test('of nothing is still a table, and says so', async () => {
    cli.audit([entry('a')]);
    const csv = await audit('export', '--since', '1m');
    expect(csv).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^seq,.*hash\r\n$/) });
    expect(csv.stderr).toMatch(/^No entry of .* it has 1 in all\.\n$/);
    expect(JSON.parse((await audit('export', '--since', '1m', '--format', 'json')).stdout)).toEqual([]);
  });

  test('of a broken chain gives what is readable, and says that it proves nothing', async () => {
    const [a = '', b = '', c = ''] = cli.audit([entry('a'), entry('b'), entry('c')]);
    cli.file('audit.jsonl', `${a}nonsense\n${b.replace('"b"', '"B"')}${c}`);
    const { exitCode, stdout, stderr } = await audit('export', '--format', 'json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).map(({ reason }: { reason: string }) => reason)).toEqual(['a', 'B', 'c']);
    expect(stderr).toContain('BROKEN: line 2');
  });

  test('of entries that a newer version wrote keeps what everybody knows', async () => {
    cli.audit([{ ...entry('a'), type: 'teleport', beam: 1 } as unknown as AuditEntry]);
    expect((await audit('export')).stdout).toContain(
      '1,2026-01-31T12:00:00.000Z,teleport,T1/C1/1700000000.000100,sesn_1,U1,q1,,',
    );
  });

  test('prints much in pieces', async () => {
    const many = cli.audit(Array.from({ length: 2000 }, (_, index) => entry(`e${index}`)));
    const { stdout } = await audit('export', '--format', 'json');
    expect(JSON.parse(stdout)).toHaveLength(many.length);
  });

  test('says what to do about a file that cannot be read', async () => {
    const folder = join(cli.folder, 'file');
    writeFileSync(folder, '');
    const { exitCode, stderr } = await audit('export', '--data', folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/audit\.jsonl cannot be read \(ENOTDIR\): .*--data/);
    rmSync(folder);
  });
});
