import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { hashInput } from '../../src/gate/audit/hash.ts';
import type { AuditEntry } from '../../src/thread/gate-ports.ts';
import type { QuestionId } from '../../src/thread/question.ts';
import { AT, entry, THREAD } from '../gate/audit/entries.ts';
import { createCli } from './rig.ts';

const POLICY = `
gate:
  rules:
    - { name: reading, match: { tool: [read, glob] }, then: allow }
    - { name: git reads, match: { tool: bash, input: { "$.command": "git (status|log)" } }, then: allow }
    - { name: no force, match: { tool: bash, input: { "$.command": "--force" } }, then: deny, reason: Do not force. }
    - { name: no merges, match: { server: github, tool: "merge_*" }, then: deny }
    - { name: ops only, match: { tool: deploy, kind: custom, channel: C1, requester: U1 }, then: allow }
`;

let cli: ReturnType<typeof createCli>;
let config: string;
beforeEach(() => {
  cli = createCli();
  config = cli.file('bridge.yaml', POLICY);
});
afterEach(() => cli.remove());

const policyTest = (...args: string[]) => cli.run('policy', 'test', '--config', config, ...args);
const lines = (calls: object[]) => calls.map((call) => `${JSON.stringify(call)}\n`).join('');

describe('on a file', () => {
  const on = (calls: object[], ...args: string[]) => policyTest(cli.file('calls.jsonl', lines(calls)), ...args);

  test('prints what the policy says of every call', async () => {
    const { exitCode, stdout, stderr } = await on([
      { tool: 'read' },
      { tool: 'bash', input: { command: 'git status' } },
      { tool: 'bash', input: { command: 'git push --force' } },
      { tool: 'bash' },
      { tool: 'merge_pull_request', server: 'github', input: { number: 1 } },
      { tool: 'slack_find_user', people: 'allow' },
      { tool: 'slack_find_user' },
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'VERDICT  RULE                  CALL',
        'allow    reading               read',
        'allow    git reads             bash {"command":"git status"}',
        'deny     no force              bash {"command":"git push --force"}',
        'unknown  git reads + no force  bash',
        'deny     no merges             github:merge_pull_request {"number":1}',
        'allow    -                     slack_find_user',
        'ask      -                     slack_find_user',
        '',
        '7 calls: 3 allowed, 1 asked, 2 denied.',
        'Unknown: 1, where a rule reads the input and the call has none.',
        '',
      ].join('\n'),
    );
  });

  test('fails when a call is not judged as expected', async () => {
    const calls = [
      { tool: 'read', expect: 'allow' },
      { tool: 'bash', input: { command: 'rm -rf /' }, expect: 'ask' },
      { tool: 'glob' },
    ];
    const right = await on(calls);
    expect(right).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('As expected: 2.\n') });
    const wrong = await on([
      ...calls,
      { tool: 'bash', input: { command: 'ls' }, expect: 'deny' },
      { tool: 'bash', expect: 'ask' },
    ]);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stdout).toMatch(/^ask +WRONG: deny +- +bash {"command":"ls"}$/m);
    expect(wrong.stdout).toMatch(/^unknown +WRONG: ask +git reads \+ no force +bash$/m);
    expect(wrong.stdout).toContain('2 of 4 are not as expected');
  });

  test('knows a tool by its kind, its channel and all who asked for it', async () => {
    const call = { tool: 'deploy', channel: 'C1', requester: 'U1', expect: 'allow' };
    const other = { ...call, expect: 'ask' };
    expect(
      await on([
        call,
        { ...call, kind: 'custom' },
        { ...call, requesters: ['U1'] },
        { ...other, kind: 'mcp' },
        { ...other, server: 'deployer' },
        { ...other, channel: 'C2' },
        { ...other, requester: 'U2' },
        { ...other, requesters: ['U2'] },
        { tool: 'deploy', channel: 'C1', expect: 'ask' },
      ]),
    ).toMatchObject({ exitCode: 0 });
  });

  test('gives the same as JSON', async () => {
    const { exitCode, stdout } = await on(
      [{ tool: 'bash', input: { command: 'x --force' }, expect: 'allow' }, { tool: 'read' }],
      '--json',
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      calls: [
        {
          tool: { kind: 'built-in', name: 'bash' },
          verdict: 'deny',
          rules: ['no force'],
          reason: 'Do not force.',
          isRight: false,
        },
        { verdict: 'allow', isRight: null },
      ],
      verdicts: { allow: 1, ask: 0, deny: 1, unknown: 0 },
      wrong: 1,
    });
  });

  test('takes an array as well, and one call over several lines', async () => {
    const array = cli.file('calls.json', JSON.stringify([{ tool: 'read' }, { tool: 'glob' }], null, 2));
    expect((await policyTest(array)).stdout).toContain('2 calls: 2 allowed');
    expect((await policyTest(cli.file('one.json', '{\n"tool": "read"\n}\n'))).stdout).toContain('1 call: 1 allowed');
    expect((await policyTest(cli.file('crlf.jsonl', '{"tool":"read"}\r\n\r\n{"tool":"glob"}\r\n'))).stdout).toContain(
      '2 calls',
    );
  });

  test.each([
    ['nothing', '', /has no tool calls/],
    ['an empty array', '[]', /has no tool calls/],
    ['no JSON', '{"tool":"read"}\nread\n', /calls\.txt:2 is not JSON/],
    ['no call', '"read"', /call 1: .*object/],
    ['a call without a tool', '[{"tool":"read"},{"server":"x"}]', /call 2: tool: /],
    ['a misspelt key, which would pass for a wide call', '{"tool":"read","chanel":"C1"}', /call 1: .*"chanel"/],
    ['an expectation that is none', '{"tool":"read","expect":"denied"}', /call 1: expect: .*"deny"/],
  ])('refuses a file with %s', async (_, content, message) => {
    const { exitCode, stdout, stderr } = await policyTest(cli.file('calls.txt', content));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('shows nothing that would move the cursor, and fits the screen', async () => {
    const { stdout } = await on([
      { tool: 'b\u001b[2Jash', input: { a: '\u202egpj.exe\u0085', b: 'x'.repeat(500) } },
      { tool: 'n'.repeat(300) },
    ]);
    expect(stdout).toContain('b\\u{1b}[2Jash {"a":"\\u{202e}gpj.exe\\u{85}"');
    for (const hidden of ['\u001b', '\u202e', '\u0085']) expect(stdout).not.toContain(hidden);
    expect(stdout.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
  });

  test('says what only Slack knows', async () => {
    config = cli.file(
      'groups.yaml',
      'gate: { rules: [{ name: dba, match: { tool: bash, requester: S1 }, then: allow }] }',
    );
    const { exitCode, stdout, stderr } = await on([{ tool: 'bash', requester: 'U1' }]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ask /m);
    expect(stderr).toMatch(/Only Slack knows who is in S1\./);
  });
});

describe('the settings', () => {
  test('are those of the bot, and no others are needed', async () => {
    const calls = cli.file('calls.jsonl', '{"tool":"read"}');
    const other = createCli({ env: { DRAWBRIDGE_CONFIG: config } });
    expect((await other.run('policy', 'test', calls)).stdout).toContain('1 call: 1 allowed');
    other.remove();
  });

  test('must be there and be whole', async () => {
    const calls = cli.file('calls.jsonl', '{"tool":"read"}');
    config = 'nowhere.yaml';
    expect(await policyTest(calls)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^There is no nowhere\.yaml: .*--config/),
    });
    config = cli.file('bad.yaml', 'gate: { rules: [{ name: x, match: { tool: bash }, then: perhaps }] }');
    await expect(policyTest(calls)).rejects.toThrow(ConfigError);
    await expect(policyTest(calls)).rejects.toThrow(/bad\.yaml:1:\d+: gate\.rules\.0\.then must be/);
  });

  test('name a file or a time, not both and not neither', async () => {
    const calls = cli.file('calls.jsonl', '{"tool":"read"}');
    for (const args of [[], [calls, '--since', '30d']]) {
      expect(await policyTest(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--since') });
    }
    expect(await policyTest('nowhere.json')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^There is no nowhere\.json: /),
    });
  });
});

describe('on the audit', () => {
  interface Past {
    tool: { kind: string; name: string; server?: string };
    verdict: 'allow' | 'ask' | 'deny';
    rule?: string;
    input?: Record<string, unknown>;
    /** What the audit holds of the input, when that is not all of it. */
    kept?: Record<string, unknown>;
    choices?: ['approve' | 'deny' | 'expire', string | null][];
    at?: number;
  }

  let count = 0;
  function past({ tool, verdict, rule, input = {}, kept, choices = [], at = AT }: Past): AuditEntry[] {
    count += 1;
    const question = `q${count}` as QuestionId;
    const base = { at, thread: THREAD, session: 'sesn_1', by: null, question };
    return [
      {
        ...base,
        type: 'question',
        subject: 'tool',
        event: `sevt_${count}`,
        tool,
        requesters: ['U1'],
        inputHash: hashInput(input),
        ...(kept ? { input: kept } : {}),
      },
      { ...base, type: 'verdict', verdict, rule: rule ?? null },
      ...choices.map(
        ([choice, by]): AuditEntry => ({
          ...base,
          by,
          type: 'decision',
          choice,
          reason: choice === 'deny' ? 'too risky' : null,
        }),
      ),
    ];
  }

  const read = { kind: 'built-in', name: 'read' };
  const bash = { kind: 'built-in', name: 'bash' };
  const merge = { kind: 'mcp', name: 'merge_pull_request', server: 'github' };
  const status = { command: 'git status' };

  test('says what would be, and where people had decided otherwise', async () => {
    cli.audit([
      entry('of a question that is older'),
      ...past({ tool: read, verdict: 'ask', choices: [['approve', 'U2']] }),
      ...past({
        tool: read,
        verdict: 'ask',
        choices: [
          ['approve', 'U3'],
          ['deny', 'U2'],
        ],
      }),
      ...past({ tool: read, verdict: 'ask', choices: [['expire', null]] }),
      ...past({ tool: merge, verdict: 'ask', choices: [['approve', 'U2']] }),
      ...past({ tool: merge, verdict: 'deny', rule: 'frozen' }),
      ...past({ tool: bash, verdict: 'ask', input: status, kept: status, choices: [['deny', 'U2']] }),
      ...past({ tool: bash, verdict: 'ask', input: status, choices: [['deny', 'U2']] }),
      ...past({
        tool: bash,
        verdict: 'ask',
        input: { command: 'x --force s3cret' },
        kept: { command: 'x --force ****' },
      }),
      ...past({ tool: { kind: 'custom', name: 'slack_find_user' }, verdict: 'allow' }),
      ...past({ tool: { kind: 'custom', name: 'slack_post_message' }, verdict: 'ask', choices: [['deny', 'U2']] }),
      ...past({ tool: read, verdict: 'ask', at: AT - 10 * 86_400_000, choices: [['deny', 'U2']] }),
    ]);
    const { exitCode, stdout, stderr } = await policyTest('--since', '2d');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        '10 calls since 2026-01-30T12:00:00.000Z. By this policy they would be',
        '  allowed   5  2 of them denied by people',
        '  asked     1',
        '  denied    2  1 of them approved by people',
        '  unknown   2  a rule reads the input, and the audit has only its hash',
        'By the policy of their day: 1 allowed, 8 asked, 1 denied.',
        '',
        'People had decided otherwise:',
        'ENTRY  TIME (UTC)        POLICY  RULE       PEOPLE      CALL',
        '5      2026-01-31T12:00  allow   reading    deny U2     read (too risky)',
        '12     2026-01-31T12:00  deny    no merges  approve U2  github:merge_pull_request',
        '17     2026-01-31T12:00  allow   git reads  deny U2     bash {"command":"git status"} (too risky)',
        '',
      ].join('\n'),
    );
  });

  test('gives the same as JSON', async () => {
    cli.audit(past({ tool: read, verdict: 'ask', choices: [['deny', 'U2']] }));
    const { stdout } = await policyTest('--since', '2d', '--json');
    expect(JSON.parse(stdout)).toEqual({
      since: '2026-01-30T12:00:00.000Z',
      calls: 1,
      now: { allow: 1, ask: 0, deny: 0, unknown: 0 },
      was: { allow: 0, ask: 1, deny: 0, unknown: 0 },
      otherwise: [
        {
          seq: 1,
          time: '2026-01-31T12:00:00.000Z',
          call: 'read',
          was: 'ask',
          now: 'allow',
          rules: 'reading',
          people: { choice: 'deny', by: 'U2', reason: 'too risky' },
        },
      ],
    });
  });

  test('shows the first differences of many', async () => {
    cli.audit(Array.from({ length: 60 }, () => past({ tool: read, verdict: 'ask', choices: [['deny', 'U2']] })).flat());
    const { stdout } = await policyTest('--since', '2d');
    expect(stdout).toContain('… and 10 more: --json has them all.');
    expect(stdout.split('\n').filter((line) => line.includes('deny U2'))).toHaveLength(50);
  });

  test('is not done on a broken chain, or on none', async () => {
    expect(await policyTest('--since', '2d')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('There is no '),
    });
    const [a = '', ...rest] = cli.audit(past({ tool: read, verdict: 'ask', choices: [['deny', 'U2']] }));
    expect(await policyTest('--since', '1h')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('earlier --since'),
    });
    expect(await policyTest('--since', 'ever')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('30d') });
    cli.file('audit.jsonl', a + rest.join('').replaceAll('"deny"', '"approve"'));
    expect(await policyTest('--since', '2d')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^BROKEN: line 3/),
    });
  });
});
