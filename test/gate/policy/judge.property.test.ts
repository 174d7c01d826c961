import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers } from '../../../src/gate/policy/compare-matches.ts';
import { compilePolicy } from '../../../src/gate/policy/compile.ts';
import { judge } from '../../../src/gate/policy/judge.ts';
import { judgeBlind } from '../../../src/gate/policy/judge-blind.ts';
import type { Call } from '../../../src/gate/policy/policy.ts';
import type { GateSection, MatchSection } from '../../../src/gate/policy/schema.ts';
import { asThen, calls, matches, rules, ruleThat, sections, type Then } from './arbitrary.ts';

const KEYS = ['tool', 'server', 'kind', 'input', 'channel', 'requester'] as const satisfies (keyof MatchSection)[];
const STRENGTH = { allow: 0, ask: 1, deny: 2 };

function verdictOf(section: GateSection, call: Call) {
  return judge(compilePolicy(section), call);
}

function plus(section: GateSection, ...more: NonNullable<GateSection['rules']>): GateSection {
  return { ...section, rules: [...(section.rules ?? []), ...more] };
}

/** The rules that are about a call, each asked alone. */
function hits(section: GateSection, call: Call): Then[] {
  return compilePolicy(section)
    .rules.filter((rule) => rule.fits(call) && rule.fitsInput(call.tool.input))
    .map(({ verdict }) => verdict);
}

describe('whatever the rules and the call', () => {
  test('the strongest rule decides, and without one the base', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(sections, calls, (section, call) => {
        const found = hits(section, call);
        const { verdict } = verdictOf(section, call);
        const strongest = (['deny', 'ask', 'allow'] as const).find((then) => found.includes(then)) ?? call.base;
        seen.add(`${found.length > 0} ${verdict}`);
        if (strongest !== 'ask') expect(verdict).toBe(strongest);
        // What nobody could approve is denied; it is never allowed.
        else expect(verdict).not.toBe('allow');
      }),
      { numRuns: 600 },
    );
    // Otherwise it would have said little.
    expect(seen).toEqual(new Set(['true allow', 'true ask', 'true deny', 'false allow', 'false ask', 'false deny']));
  });

  test('with everybody allowed to approve, what asks is asked for', () => {
    const open = { approvers: ['members'], quorum: 1 };
    fc.assert(
      fc.property(rules, calls, (given, call) => {
        const section = {
          groups: { dba: ['U1', 'S1'], oncall: ['U2'] },
          rules: given.map((rule) => ({ ...rule, ...open })),
        };
        const found = hits(section, call);
        const asks = !found.includes('deny') && (found.includes('ask') || (found.length === 0 && call.base === 'ask'));
        expect(verdictOf(section, call).verdict === 'ask').toBe(asks);
      }),
      { numRuns: 600 },
    );
  });

  test('the order of the rules plays no part', () => {
    const shuffled = sections.chain((section) =>
      fc
        .shuffledSubarray(section.rules ?? [], { minLength: section.rules?.length ?? 0 })
        .map((order) => [section, { ...section, rules: order }] as const),
    );
    fc.assert(
      fc.property(shuffled, calls, ([section, reordered], call) => {
        expect(verdictOf(reordered, call)).toEqual(verdictOf(section, call));
      }),
      { numRuns: 600 },
    );
  });

  test('a further rule that denies never makes it more permissive', () => {
    fc.assert(
      fc.property(sections, ruleThat('deny'), calls, (section, rule, call) => {
        const before = verdictOf(section, call).verdict;
        const after = verdictOf(plus(section, rule), call).verdict;
        expect(STRENGTH[after]).toBeGreaterThanOrEqual(STRENGTH[before]);
      }),
      { numRuns: 600 },
    );
  });

  test('a further rule that asks never allows, and beside another one never opens the question to more', () => {
    fc.assert(
      fc.property(sections, ruleThat('ask'), calls, (section, rule, call) => {
        const before = verdictOf(section, call);
        const after = verdictOf(plus(section, rule), call);
        if (before.verdict !== 'allow') expect(after.verdict).not.toBe('allow');
        if (before.verdict !== 'ask' || before.rule === null || after.verdict !== 'ask') return;
        for (const user of ['U1', 'U2', 'U3', 'U9']) {
          expect([before, after].map(({ terms }) => isAsked(terms.audience, { user, call }))).not.toEqual([
            false,
            true,
          ]);
        }
        expect(after.terms.quorum).toBeGreaterThanOrEqual(before.terms.quorum);
        expect(after.terms.expireAfterMs).toBeLessThanOrEqual(before.terms.expireAfterMs);
        expect(after.terms.offersThread && !before.terms.offersThread).toBe(false);
        expect(before.terms.mustOpenInFull && !after.terms.mustOpenInFull).toBe(false);
      }),
      { numRuns: 600 },
    );
  });

  test('a further rule that allows changes nothing where another asks or denies', () => {
    fc.assert(
      fc.property(sections, ruleThat('allow'), calls, (section, rule, call) => {
        const found = hits(section, call);
        fc.pre(found.includes('ask') || found.includes('deny'));
        expect(verdictOf(plus(section, rule), call)).toEqual(verdictOf(section, call));
      }),
      { numRuns: 600 },
    );
  });

  test('an approval for the thread is never offered where it takes several', () => {
    fc.assert(
      fc.property(sections, calls, (section, call) => {
        const { rules: of, terms } = verdictOf(section, call);
        if (of.length > 1) expect(terms.offersThread && terms.quorum > 1).toBe(false);
      }),
    );
  });

  test('what is said without the input holds for every input', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(sections, calls, fc.array(calls, { minLength: 1, maxLength: 5 }), (section, call, others) => {
        const policy = compilePolicy(section);
        const blind = judgeBlind(policy, call);
        seen.add(blind.verdict);
        if (blind.verdict === 'unknown') {
          expect(blind.rules.length).toBeGreaterThan(0);
          return;
        }
        for (const { tool } of [call, ...others]) {
          const known = judge(policy, { ...call, tool: { ...call.tool, input: tool.input } });
          expect(known.verdict).toBe(blind.verdict);
        }
      }),
      { numRuns: 600 },
    );
    expect(seen).toEqual(new Set(['allow', 'ask', 'deny', 'unknown']));
  });

  test('a rule that is said never to take effect never does', () => {
    // Made of each other: two matches at random hardly ever cover one another.
    const pairs = fc
      .tuple(matches, matches, fc.constantFrom(...KEYS), fc.subarray([...KEYS]))
      .map(([narrow, other, changed, kept]) => {
        const keys = KEYS.filter((key) => key === changed || kept.includes(key));
        const parts = keys.map((key) => [key, key === changed ? other[key] : narrow[key]] as const);
        return [Object.fromEntries(parts.filter(([, value]) => value !== undefined)), narrow] as const;
      });
    let compared = 0;
    fc.assert(
      fc.property(pairs, calls, ([wide, narrow], call) => {
        const groups = { dba: ['U1', 'S1'] };
        if (!covers(wide, narrow, { groups })) return;
        compared++;
        const rule = (then: Then, match: MatchSection) => ({ groups, rules: [{ name: then, match, ...asThen(then) }] });
        for (const [stronger, weaker] of [
          ['deny', 'ask'],
          ['deny', 'allow'],
          ['ask', 'allow'],
        ] as const) {
          if (hits(rule(weaker, narrow), call).length === 1) {
            expect(hits(rule(stronger, wide), call)).toHaveLength(1);
          }
        }
      }),
      { numRuns: 10_000 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

function isAsked(
  { users, groups, members, requesters }: ReturnType<typeof judge>['terms']['audience'],
  { user, call }: { user: string; call: Call },
): boolean {
  const inGroup = groups.some((id) => (id === 'S1' ? user === 'U1' : user === 'U3'));
  return members || users.includes(user) || inGroup || (requesters && call.requesters.includes(user));
}
