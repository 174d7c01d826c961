import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/gate/policy/judge.ts';
import { bash, call, policy } from './setting.ts';

const NOTHING = policy('');

describe('without a rule', () => {
  test('a call that waits for people is asked for, of the members, for a day', () => {
    expect(judge(NOTHING, bash('ls'))).toEqual({
      verdict: 'ask',
      rule: null,
      rules: [],
      reason: null,
      terms: {
        audience: { users: [], groups: [], members: true, requesters: false, notRequesters: false },
        quorum: 1,
        expireAfterMs: 86_400_000,
        onExpiry: 'deny',
        remindAfterMs: [],
        escalate: [],
        offersThread: false,
        mustOpenInFull: true,
      },
    });
  });

  test('a tool nobody knows is asked for', () => {
    expect(judge(NOTHING, call({ kind: 'custom', name: 'no_such_tool', input: {} })).verdict).toBe('ask');
  });

  test('a tool of ours that needs nobody goes through', () => {
    const verdict = judge(NOTHING, call({ kind: 'custom', name: 'slack_find_user', input: {} }, { base: 'allow' }));
    expect(verdict).toMatchObject({ verdict: 'allow', rule: null });
  });
});

describe('a rule', () => {
  const rules = policy(`
groups: { dba: [U7, S7] }
rules:
  - name: status
    match: { tool: bash, input: { "$.command": "git (status|log)" } }
    then: allow
  - name: database
    match: { tool: bash, input: { "$.command": 'psql' } }
    then: ask
    approvers: [dba]
    quorum: 2
    requester_may_approve: false
    expire: { after: 2h, then: stop }
    remind: [90m, 30m]
    escalate: [{ after: 1h, to: [U8] }]
  - name: no drops
    match: { tool: bash, input: { "$.command": '(?i)drop.*table' } }
    then: deny
    reason: Use a migration.
  - name: issues
    match: { server: lin*, tool: [list_*, get_*] }
    then: allow
  - name: by hand
    match: { kind: custom, channel: C1, requester: dba }
    then: allow
`);

  test('allows', () => {
    expect(judge(rules, bash('git status'))).toMatchObject({ verdict: 'allow', rule: 'status', rules: ['status'] });
  });

  test('that allows must match all of the input: nothing hides behind what is harmless', () => {
    for (const command of [
      'git status; rm -rf ~',
      'git status\nrm -rf ~',
      'x\ngit status',
      'git status\n',
      ' git status',
    ]) {
      expect(judge(rules, bash(command)).verdict).toBe('ask');
    }
  });

  test('asks on its own terms', () => {
    expect(judge(rules, bash('psql -c "select 1"'))).toEqual({
      verdict: 'ask',
      rule: 'database',
      rules: ['database'],
      reason: null,
      terms: {
        audience: { users: ['U7'], groups: ['S7'], members: false, requesters: false, notRequesters: true },
        quorum: 2,
        expireAfterMs: 7_200_000,
        onExpiry: 'stop',
        remindAfterMs: [1_800_000, 5_400_000],
        escalate: [
          {
            afterMs: 3_600_000,
            audience: { users: ['U8'], groups: [], members: false, requesters: false, notRequesters: true },
          },
        ],
        offersThread: false,
        mustOpenInFull: true,
      },
    });
  });

  test('that denies beats one that asks, finds its pattern anywhere, and says why', () => {
    expect(judge(rules, bash('psql -c "DROP\n TABLE x"'))).toMatchObject({
      verdict: 'deny',
      rule: 'no drops',
      reason: 'Use a migration.',
    });
  });

  test('looks at the server and at names with a wildcard', () => {
    const tool = { kind: 'mcp', server: 'linear', input: {} } as const;
    expect(judge(rules, call({ ...tool, name: 'list_issues' })).verdict).toBe('allow');
    expect(judge(rules, call({ ...tool, name: 'delete_issue' })).verdict).toBe('ask');
    expect(judge(rules, call({ ...tool, name: 'list_issues', server: 'github' })).verdict).toBe('ask');
    expect(judge(rules, call({ kind: 'custom', name: 'list_issues', input: {} })).verdict).toBe('ask');
  });

  test.each([
    [['U7'], 'C1', 'allow'],
    [['U9'], 'C1', 'allow'],
    [['U7', 'U9'], 'C1', 'allow'],
    [['U7', 'U1'], 'C1', 'ask'],
    [[], 'C1', 'ask'],
    [['U7'], 'C2', 'ask'],
  ])('that allows needs every requester, and the channel: %j in %s', (requesters, channel, expected) => {
    const groupsOf = new Map([['S7', ['U9']]]);
    const tool = { kind: 'custom', name: 'deploy', input: {} } as const;
    expect(judge(rules, call(tool, { requesters, channel, groupsOf })).verdict).toBe(expected);
  });

  test('does not allow those of a user group nobody could look up, and does not let them escape', () => {
    const tool = { kind: 'custom', name: 'deploy', input: {} } as const;
    expect(judge(rules, call(tool, { requesters: ['U9'] })).verdict).toBe('ask');
    const closed = policy('rules: [{ name: a, match: { requester: S7 }, then: deny }]');
    expect(judge(closed, call(tool, { requesters: ['U9'] })).verdict).toBe('deny');
    expect(judge(closed, call(tool, { requesters: ['U9'], groupsOf: new Map([['S7', ['U7']]]) })).verdict).toBe('ask');
    expect(judge(closed, call(tool, { requesters: [] })).verdict).toBe('ask');
  });

  test('that denies one requester denies whoever asked with them', () => {
    const closed = policy('rules: [{ name: a, match: { requester: U5 }, then: deny }]');
    expect(judge(closed, bash('ls', { requesters: ['U1', 'U5'] })).verdict).toBe('deny');
  });

  test('about a server is not escaped by a call that names none', () => {
    const tool = { kind: 'mcp', name: 'x', input: {} } as const;
    const rule = (then: string) => policy(`rules: [{ name: a, match: { server: linear }, then: ${then} }]`);
    expect(judge(rule('deny'), call(tool)).verdict).toBe('deny');
    expect(judge(rule('allow'), call(tool)).verdict).toBe('ask');
  });
});

describe('several rules', () => {
  test('that deny all say why, in the order of their names', () => {
    const rules = policy(`
rules:
  - { name: b, match: { tool: bash }, then: deny, reason: Second. }
  - { name: a, match: { kind: built-in }, then: deny, reason: First. }
  - { name: c, match: { channel: C1 }, then: deny, reason: First. }
`);
    expect(judge(rules, bash('ls'))).toMatchObject({ verdict: 'deny', rule: 'a + b + c', reason: 'First.\nSecond.' });
  });

  test('that ask hold together: the strictest of each, and only those whom all of them ask', () => {
    const rules = policy(`
rules:
  - name: a
    match: { tool: bash }
    then: ask
    approvers: [U1, U2, S1, S2]
    for_thread: true
    expire: { after: 1h }
    remind: [10m, 50m]
    open_in_full: false
  - name: b
    match: { channel: C1 }
    then: ask
    approvers: [U2, U3, S2, requester]
    requester_may_approve: true
    quorum: 2
    expire: { after: 30m, then: stop }
    remind: [5m]
  - { name: c, match: { kind: built-in }, then: ask, requester_may_approve: false }
`);
    expect(judge(rules, bash('ls', { requesters: ['U1'] }))).toMatchObject({
      verdict: 'ask',
      rule: 'a + b + c',
      terms: {
        // U1 is asked by the second as the requester; that requesters may not approve counts at the click.
        audience: { users: ['U1', 'U2'], groups: ['S2'], members: false, requesters: false, notRequesters: true },
        quorum: 2,
        expireAfterMs: 1_800_000,
        onExpiry: 'stop',
        remindAfterMs: [300_000, 600_000],
        offersThread: false,
        mustOpenInFull: true,
      },
    });
  });

  test('that ask different people deny, and tell the agent to split the call', () => {
    const rules = policy(`
rules:
  - { name: infra, match: { input: { "$.command": terraform } }, then: ask, approvers: [U1] }
  - { name: data, match: { input: { "$.command": psql } }, then: ask, approvers: [U2] }
`);
    expect(judge(rules, bash('terraform apply && psql'))).toMatchObject({
      verdict: 'deny',
      rule: 'data + infra',
      reason: expect.stringContaining(
        'rules "data" and "infra", which ask different people. Make it as separate calls',
      ),
    });
    expect(judge(rules, bash('terraform apply')).verdict).toBe('ask');
  });

  test('open to more people only when each has come to them', () => {
    const rules = policy(`
rules:
  - { name: a, match: { tool: bash }, then: ask, approvers: [U1], escalate: [{ after: 10m, to: [U2, U3] }] }
  - { name: b, match: { channel: C1 }, then: ask, approvers: [U1, U3], escalate: [{ after: 20m, to: [members] }] }
`);
    const { terms } = judge(rules, bash('ls'));
    expect(terms.audience.users).toEqual(['U1']);
    expect(terms.escalate.map(({ afterMs, audience }) => [afterMs, audience.users])).toEqual([
      [600_000, ['U3']],
      [1_200_000, ['U2']],
    ]);
  });
});

describe('a question nobody could ever answer', () => {
  test.each([
    ['approvers: [requester]', []],
    ['approvers: [U1]\n  requester_may_approve: false', ['U1']],
    ['approvers: [U1, U2]\n  requester_may_approve: false\n  quorum: 2', ['U2']],
    ['approvers: [requester]\n  quorum: 2', ['U1']],
  ])('is a denial that says so at once: %s', (terms, requesters) => {
    const verdict = judge(policy(`defaults:\n  ${terms}`), bash('ls', { requesters }));
    expect(verdict).toMatchObject({ verdict: 'deny', rule: null });
    expect(verdict.reason).toContain('Nobody may approve this call');
  });

  test('is none while somebody may come to it later', () => {
    const later = policy(
      'defaults: { approvers: [U1], requester_may_approve: false, escalate: [{ after: 1m, to: [U2] }] }',
    );
    expect(judge(later, bash('ls')).verdict).toBe('ask');
  });
});
