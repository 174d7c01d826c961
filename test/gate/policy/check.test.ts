import { expect, test } from 'vitest';
import { checkPolicy } from '../../../src/gate/policy/check.ts';
import { requesterGroups, userGroups } from '../../../src/gate/policy/user-groups.ts';
import { section } from './setting.ts';

function found(yaml: string, customTools?: readonly string[]): string[] {
  return checkPolicy(section(yaml), { customTools }).map(({ path, message }) => `${path.join('.')} ${message}`);
}

const ask = (match: string, rest = '') => `{ name: a, match: ${match}, then: ask${rest && `, ${rest}`} }`;

test('nothing is wrong with no policy', () => {
  expect(found('')).toEqual([]);
});

test.each([
  ['defaults: { approvers: [nobody] }', 'defaults.approvers.0 is no group: define it under gate.groups'],
  [
    'groups: { dba: [U1] }\ndefaults: { escalate: [{ after: 1m, to: [dbas] }] }',
    'defaults.escalate.0.to.0 is no group: gate.groups has dba',
  ],
  [`rules: [${ask('{ requester: members }')}]`, 'rules.0.match.requester is no group'],
  [`rules: [${ask('{ requester: [U1, constructor] }')}]`, 'rules.0.match.requester.1 is no group'],
  ['budget: { thread: 1, raisers: [dba] }', 'budget.raisers.0 is no group'],

  [`rules: [${ask('{}')}]`, 'rules.0.match is empty, which would be every call: say tool: "*"'],
  [`rules: [${ask('{ tool: bash, server: linear }')}]`, 'rules.0.match.server can never match: bash is built in'],
  [`rules: [${ask('{ kind: [custom, built-in], server: linear }')}]`, 'rules.0.match.server can never match'],
  [`rules: [${ask('{ kind: built-in, tool: [bash, deploy] }')}]`, 'rules.0.match.tool can never match: no built-in'],
  [`rules: [${ask('{ input: { command: x } }')}]`, 'rules.0.match.input.command must begin with "$"'],
  [
    `rules: [${ask('{ input: { "$.a[": x } }')}]`,
    'rules.0.match.input.$.a[ is no JSONPath (RFC 9535) from its character 5',
  ],
  [`rules: [${ask('{ input: { "$[?@.a]": x } }')}]`, 'has a filter (?…), which is not supported'],
  [`rules: [${ask('{ input: { "$..a..b": x } }')}]`, 'has more than one ".."'],
  [`rules: [${ask('{ input: { "$.a": "(x" } }')}]`, 'rules.0.match.input.$.a is no pattern of RE2: missing closing )'],
  [`rules: [${ask('{ input: { "$.a": "(?=x)" } }')}]`, 'rules.0.match.input.$.a is no pattern of RE2'],

  [
    'defaults: { approvers: [U1], quorum: 2 }',
    'defaults.quorum can never be reached: it takes 2, and only 1 person is',
  ],
  ['groups: { two: [U1, U2] }\ndefaults: { approvers: [two, U2], quorum: 3 }', 'only 2 people are asked'],
  [
    'defaults: { approvers: [requester], requester_may_approve: false }',
    'defaults.approvers leaves nobody who may approve',
  ],
  [
    `defaults: { quorum: 2 }\nrules: [${ask('{ tool: x }', 'approvers: [U1]')}]`,
    'rules.0.approvers can never be reached',
  ],
  ['defaults: { quorum: 2, for_thread: true }', 'defaults.for_thread makes no sense: one person cannot approve'],
  [`defaults: { for_thread: true }\nrules: [${ask('{ tool: x }', 'quorum: 2')}]`, 'rules.0.quorum makes no sense'],
  ['defaults: { remind: [1h, 24h] }', 'defaults.remind.1 never comes: the question expires after 24h'],
  ['defaults: { remind: [1h, 60m] }', 'defaults.remind.1 is there twice'],
  ['defaults: { expire: { after: 1h }, escalate: [{ after: 2h, to: [U1] }] }', 'defaults.escalate.0.after never comes'],
  ['ask_user: { remind: [2d] }', 'ask_user.remind.0 never comes: the question expires after 24h'],

  ['rules: [{ name: a, match: { tool: x }, then: allow, quorum: 2 }]', 'rules.0.quorum belongs to rules that ask'],
  [
    `rules: [${ask('{ tool: ask_user }', 'quorum: 2')}]`,
    'rules.0.quorum does nothing here: ask_user asks the one person',
  ],
  [`rules: [${ask('{ tool: x }', 'reason: No.')}]`, 'rules.0.reason belongs to rules that deny, and this one says ask'],
  [
    `rules: [${ask('{ tool: x }')}, { name: a, match: { tool: y }, then: deny }]`,
    'rules.1.name is there twice: give each rule a name of its own',
  ],
  ['budget: { raise_by: [1] }', 'budget has no cap'],
  ['budget: { thread: 5, raise_by: [1, "1.00"] }', 'budget.raise_by.1 is there twice'],
])('an error at start: %s', (yaml, expected) => {
  expect(found(yaml)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  'defaults: { approvers: [U1], quorum: 2, escalate: [{ after: 1m, to: [U2] }] }',
  'defaults: { approvers: [requester], quorum: 2 }',
  'defaults: { approvers: [S1], quorum: 3, requester_may_approve: false }',
  // Inherited reminders that a rule's own expiry overtakes are simply not due any more.
  `defaults: { remind: [2h] }\nrules: [${ask('{ tool: x }', 'expire: { after: 1h }')}]`,
  // A server may really have a tool of that name.
  `rules: [${ask('{ tool: bash, server: linear, kind: mcp }')}]`,
  `rules: [${ask('{ tool: deploy, kind: custom }')}]`,
])('nothing is wrong with %s', (yaml) => {
  expect(found(yaml)).toEqual([]);
});

test('names of custom tools are checked once they are known', () => {
  const yaml = `rules: [${ask('{ tool: [deploy, slack_*, ask_usr], kind: custom }')}]`;
  expect(found(yaml, ['deploy', 'ask_user', 'slack_find_user'])).toEqual([
    'rules.0.match.tool can never match: no custom tool is called so. There are deploy, ask_user, slack_find_user',
  ]);
});

const rule = (name: string, then: string, match: string) => `  - { name: ${name}, then: ${then}, match: ${match} }\n`;

test.each([
  ['deny', '{ tool: "*" }', 'allow', '{ tool: bash }'],
  ['deny', '{ tool: ba* }', 'ask', '{ tool: [bash, ba*r] }'],
  ['ask', '{ kind: [mcp, custom] }', 'allow', '{ server: linear }'],
  ['ask', '{ server: "*" }', 'allow', '{ kind: mcp, tool: x }'],
  ['deny', '{ channel: [C1, C2] }', 'ask', '{ channel: C2, tool: x }'],
  ['deny', '{ requester: dba }', 'allow', '{ requester: U1 }'],
  ['ask', '{ input: { "$.a": x } }', 'allow', '{ tool: bash, input: { "$.a": x, "$.b": y } }'],
])('a rule never takes effect beside a stronger one: %s %s over %s %s', (strong, wide, weak, narrow) => {
  const yaml = (...rules: string[]) => `groups: { dba: [U1, U2] }\nrules:\n${rules.join('')}`;
  const expected = `never takes effect: "s" (${strong}) is about all the same calls and is stronger`;
  const [s, w] = [rule('s', strong, wide), rule('w', weak, narrow)];
  expect(found(yaml(s, w))).toEqual([expect.stringContaining(`rules.1.match ${expected}`)]);
  expect(found(yaml(w, s))).toEqual([expect.stringContaining(`rules.0.match ${expected}`)]);
  // The other way round each of them has calls of its own.
  expect(found(yaml(rule('s', weak, wide), rule('w', strong, narrow)))).toEqual([]);
});

test.each([
  ['deny', '{ tool: bash }', 'allow', '{ tool: ba* }'],
  ['deny', '{ tool: bash, channel: C1 }', 'allow', '{ tool: bash }'],
  ['deny', '{ server: linear }', 'allow', '{ kind: mcp }'],
  ['deny', '{ kind: [built-in, mcp] }', 'allow', '{ tool: deploy }'],
  ['deny', '{ server: "*" }', 'allow', '{ kind: [mcp, custom] }'],
  ['deny', '{ requester: U1 }', 'allow', '{ requester: [U1, U2] }'],
  ['deny', '{ input: { "$.a": x } }', 'allow', '{ input: { "$.a": xy } }'],
  ['deny', '{ input: { "$.a": x } }', 'allow', '{ tool: bash }'],
])('it does when the stronger one is narrower: %s %s over %s %s', (strong, wide, weak, narrow) => {
  expect(found(`rules:\n${rule('s', strong, wide)}${rule('w', weak, narrow)}`)).toEqual([]);
});

test('two rules that ask different people about the same calls are an error', () => {
  const both = (a: string, b: string) =>
    `groups: { dba: [U1, U2], ops: [U3] }\nrules: [${a}, ${b.replace('name: a', 'name: b')}]`;
  const bash = (rest: string) => ask('{ tool: bash }', rest);
  expect(found(both(bash('approvers: [dba]'), bash('approvers: [ops]')))).toEqual([
    expect.stringContaining('rules.1.approvers can never be settled where "a" asks too'),
  ]);
  expect(found(both(bash('approvers: [dba], quorum: 2'), bash('approvers: [ops, U1]')))).toHaveLength(1);
  expect(found(both(bash('approvers: [dba]'), bash('approvers: [ops, U1]')))).toEqual([]);
  expect(found(both(bash('approvers: [dba]'), bash('approvers: [requester]')))).toEqual([]);
  expect(found(both(bash('approvers: [dba]'), ask('{ tool: read }', 'approvers: [ops]')))).toEqual([]);
  // Whether they ever meet depends on the input.
  const psql = ask('{ tool: bash, input: { "$.command": psql } }', 'approvers: [ops]');
  expect(found(both(bash('approvers: [dba]'), psql))).toEqual([]);
});

test('every user group is listed with its place, and those that are requesters by themselves', () => {
  const given = section(`
groups: { dba: [U1, S1] }
defaults: { approvers: [S2], escalate: [{ after: 1m, to: [dba, S3] }] }
rules:
  - { name: a, match: { requester: S4 }, then: ask, approvers: [S5] }
  - { name: b, match: { requester: [U1, dba] }, then: ask, escalate: [{ after: 1m, to: [S6] }] }
budget: { thread: 1, raisers: [S7] }
`);
  expect(userGroups(given).map(({ id, path }) => `${id} ${path.join('.')}`)).toEqual([
    'S1 groups.dba.1',
    'S2 defaults.approvers.0',
    'S3 defaults.escalate.0.to.1',
    'S4 rules.0.match.requester',
    'S5 rules.0.approvers.0',
    'S6 rules.1.escalate.0.to.0',
    'S7 budget.raisers.0',
  ]);
  expect(requesterGroups(given)).toEqual(['S4', 'S1']);
});

test('a tool of a server may be called ask_user, and so may one among others', () => {
  expect(found(`rules: [${ask('{ tool: ask_user, kind: mcp }', 'approvers: [U1]')}]`)).toEqual([]);
  expect(found(`rules: [${ask('{ tool: [ask_user, deploy] }', 'approvers: [U1]')}]`)).toEqual([]);
  expect(found(`rules: [${ask('{ tool: ask_user }')}]`)).toEqual([]);
});
