import fc from 'fast-check';
import type { Call } from '../../../src/gate/policy/policy.ts';
import type { GateSection, MatchSection, RuleSection } from '../../../src/gate/policy/schema.ts';

/** A small world, so that rules and calls meet often. */
const people = ['U1', 'U2', 'U3'];
const groups = { dba: ['U1', 'S1'], oncall: ['U2', 'S2'] };

const some = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
const approver = ['members', 'requester', 'dba', 'oncall', 'U1', 'U2', 'S1'];

export const matches: fc.Arbitrary<MatchSection> = fc
  .record(
    {
      tool: some('bash', 'ba*', 'list_*', 'deploy', '*'),
      server: some('linear', 'lin*', '*'),
      kind: some<'built-in' | 'mcp' | 'custom'>('built-in', 'mcp', 'custom'),
      input: fc.dictionary(fc.constantFrom('$.command', '$..x', '$'), fc.constantFrom('a', 'a.*', 'b', '.*', '^c$'), {
        minKeys: 1,
        maxKeys: 2,
        noNullPrototype: true,
      }),
      channel: some('C1', 'C2'),
      requester: some('U1', 'U2', 'S1', 'dba'),
    },
    { requiredKeys: [] },
  )
  .filter((match) => Object.keys(match).length > 0);

const terms = fc.record(
  {
    approvers: some(...approver),
    quorum: fc.integer({ min: 1, max: 3 }),
    requester_may_approve: fc.boolean(),
    // biome-ignore lint/suspicious/noThenProperty: the word of the file
    expire: fc.record({ after: fc.constantFrom('1h', '2h'), then: fc.constantFrom('deny', 'stop') }),
    remind: some('10m', '30m', '90m'),
    escalate: fc.array(fc.record({ after: fc.constantFrom('5m', '20m', '3h'), to: some(...approver) }), {
      maxLength: 2,
    }),
    for_thread: fc.boolean(),
    open_in_full: fc.boolean(),
  },
  { requiredKeys: [] },
);

export type Then = RuleSection['then'];

export function ruleThat(...then: Then[]): fc.Arbitrary<RuleSection> {
  return fc
    .tuple(fc.uuid(), matches, fc.constantFrom(...then), terms)
    .map(([name, match, verdict, rest]) => ({ name, match, ...asThen(verdict), ...rest }) as RuleSection);
}

export function asThen(verdict: Then): Pick<RuleSection, 'then'> {
  return Object.fromEntries([['then', verdict]]) as Pick<RuleSection, 'then'>;
}

export const rules = fc.array(ruleThat('allow', 'ask', 'deny'), { maxLength: 6 });

export const sections: fc.Arbitrary<GateSection> = fc.record({
  groups: fc.constant(groups),
  defaults: terms,
  rules,
}) as fc.Arbitrary<GateSection>;

const inputs = fc.oneof(
  fc.record({ command: fc.constantFrom('a', 'ab', 'b', 'c', 'a\nb') }),
  fc.record({ files: fc.array(fc.record({ x: fc.constantFrom<string | number>('a', 'b', 1) }), { maxLength: 3 }) }),
  fc.dictionary(fc.constantFrom('command', 'x'), fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true }),
);

const tools: fc.Arbitrary<Call['tool']> = fc.oneof(
  fc.record({ kind: fc.constant('built-in' as const), name: fc.constantFrom('bash', 'read'), input: inputs }),
  fc.record({ kind: fc.constant('custom' as const), name: fc.constantFrom('deploy', 'bar'), input: inputs }),
  fc.record({
    kind: fc.constant('mcp' as const),
    name: fc.constantFrom('list_issues', 'deploy'),
    server: fc.constantFrom('linear', 'github'),
    input: inputs,
  }),
);

export const calls: fc.Arbitrary<Call> = fc.record({
  tool: tools,
  channel: fc.constantFrom('C1', 'C2', 'C3'),
  requesters: fc.subarray(people),
  base: fc.constantFrom('ask', 'allow'),
  groupsOf: fc
    .subarray<[string, string[]]>([
      ['S1', ['U1']],
      ['S2', ['U3']],
    ])
    .map((known) => new Map(known)),
});
