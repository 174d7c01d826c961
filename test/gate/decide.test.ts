import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import type { Choice, QuestionId, Ruling, Standing } from '../../src/thread/question.ts';
import {
  APPROVE,
  APPROVE_FOR_THREAD,
  brief,
  budget,
  call,
  deny,
  HOUR,
  handler,
  type Rig,
  type RigOptions,
  rule,
  startRig,
} from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

const asking = (terms: GateSection['defaults'] = {}): GateSection => ({ defaults: terms });
const answerOf = async (standing: Standing, callId = 'sevt_1') => {
  const now = await rig.gate.consider(call(callId));
  expect(now.id).toBe(standing.id);
  return now.answer;
};

describe('a decision', () => {
  it('to approve allows the call, and says who and when', async () => {
    await start();
    const asked = await rig.ask();
    const outcome = {
      result: 'approved',
      by: ['U2'],
      at: rig.clock.now(),
      reason: null,
      detail: null,
      forThread: false,
    };
    expect(await rig.decide(asked, 'U2', APPROVE)).toEqual({ type: 'decided', outcome });
    expect(await answerOf(asked)).toEqual({ type: 'confirmation', allow: true });
    expect(await rig.desk.card(asked.id)).toMatchObject({ state: 'sending', outcome });
  });

  it('wakes its thread to be ready for it, and again when it stands', async () => {
    const stood: boolean[] = [];
    await start({ onWake: () => stood.push(rig.audit.some(({ type }) => type === 'decision')) });
    await rig.decide(await rig.ask(), 'U2', APPROVE);
    expect(stood).toEqual([false, true]);
    expect(new Set(rig.woken)).toEqual(new Set([call('x').thread]));
  });

  it('to deny tells the agent who, and why if they said so', async () => {
    await start();
    const [plain, reasoned] = [await rig.ask(), await rig.ask()];
    await rig.decide(plain, 'U2', deny());
    await rig.decide(reasoned, 'U3', deny('not on a Friday'));
    expect(await answerOf(plain)).toEqual({
      type: 'confirmation',
      allow: false,
      message: 'Denied by Name of U2 (U2).',
    });
    expect(await answerOf(reasoned, 'sevt_2')).toMatchObject({
      message: 'Denied by Name of U3 (U3): not on a Friday',
    });
    expect(await rig.desk.card(reasoned.id)).toMatchObject({
      outcome: { result: 'denied', reason: 'not on a Friday' },
    });
    expect(rig.audit.at(-1)).toMatchObject({ type: 'decision', choice: 'deny', reason: 'not on a Friday', by: 'U3' });
  });

  it('to deny shows no token that stands in its reason, which the agent is told as it is', async () => {
    await start();
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', deny('the token is xoxb-123456789012-abcdefGHIJ'));
    expect(await answerOf(asked)).toMatchObject({ message: expect.stringContaining('abcdefGHIJ') });
    const card = await rig.desk.card(asked.id);
    expect(card?.outcome?.reason).toMatch(/^the token is xoxb-/);
    expect(card?.outcome?.reason).not.toContain('abcdefGHIJ');
  });

  it('to deny a custom tool is an error result', async () => {
    await start({ tools: [handler(async () => 'done')] });
    const tool = { kind: 'custom', name: 'deploy', input: { service: 'shop' } } as const;
    const asked = await rig.ask(tool);
    await rig.decide(asked, 'U2', deny('no'));
    expect((await rig.gate.consider(call('sevt_1', tool))).answer).toEqual({
      type: 'result',
      text: 'Denied by Name of U2 (U2): no',
      isError: true,
    });
  });

  it('stands after a restart, and a click on the old card is told how it was decided', async () => {
    await start();
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    await rig.restart();
    expect(await answerOf(asked)).toEqual({ type: 'confirmation', allow: true });
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ why: 'decided', outcome: { by: ['U2'] } });
    await rig.gate.answered(asked.id, 'accepted');
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ why: 'decided', outcome: { by: ['U2'] } });
  });

  it('of two people at the same instant is one, and the other is told whose', async () => {
    await start();
    const asked = await rig.ask();
    const rulings = await Promise.all([rig.decide(asked, 'U2', APPROVE), rig.decide(asked, 'U3', deny())]);
    expect(rulings).toMatchObject([
      { type: 'decided', outcome: { result: 'approved', by: ['U2'] } },
      { type: 'refused', why: 'decided', outcome: { result: 'approved', by: ['U2'] } },
    ]);
    expect(brief(rig.audit).slice(2)).toEqual(['decision approve by U2', 'refused decided to U3']);
  });

  it('on a question that is unknown changes nothing', async () => {
    await start();
    const ruling = await rig.desk.decide({ question: 'q-none' as QuestionId, by: 'U2', choice: APPROVE });
    expect(ruling).toEqual({ type: 'refused', why: 'unknown', outcome: null, audience: null });
  });

  it('on a question that the policy has answered is for nobody to make', async () => {
    await start({ section: { rules: [rule('no', 'deny')] } });
    const asked = await rig.ask();
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'unknown' });
    expect(await answerOf(asked)).toMatchObject({ allow: false });
  });

  it('is not made when the audit cannot take it', async () => {
    await start();
    const asked = await rig.ask();
    rig.breakAudit(true);
    await expect(rig.decide(asked, 'U2', APPROVE)).rejects.toThrow('the disk is full');
    rig.breakAudit(false);
    expect(await answerOf(asked)).toBeNull();
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ type: 'decided', outcome: { result: 'denied' } });
  });

  it.each([
    ['pick', { type: 'pick', value: 'x' }],
    ['answer', { type: 'answer', values: {} }],
    ['decline', { type: 'decline' }],
    ['raise', { type: 'raise', byCents: 100 }],
    ['leave', { type: 'leave' }],
    ['approve for the thread', APPROVE_FOR_THREAD],
  ] as [string, Choice][])('that the card does not offer (%s) is refused', async (_, choice) => {
    await start();
    const asked = await rig.ask();
    expect(await rig.decide(asked, 'U2', choice)).toMatchObject({ why: 'not-offered' });
    expect(await answerOf(asked)).toBeNull();
  });

  it.each([
    ['approve', APPROVE],
    ['deny', deny()],
    ['decline', { type: 'decline' }],
  ] as [string, Choice][])('to %s a budget is refused', async (_, choice) => {
    await start();
    const asked = await rig.gate.consider(budget());
    expect(await rig.decide(asked, 'U2', choice)).toMatchObject({ why: 'not-offered' });
  });
});

describe('who may decide', () => {
  it.each([
    ['UGUEST', 'guest'],
    ['UBOT', 'bot'],
    ['UOUT', 'outsider'],
    ['UGONE', 'gone'],
    ['UNOBODY', 'gone'],
    ['U4', 'not-asked'],
  ])('not %s, who is told %s, even when named as an approver', async (by, why) => {
    await start();
    const asked = await rig.ask();
    for (const choice of [APPROVE, deny()]) {
      expect(await rig.decide(asked, by, choice)).toMatchObject({ type: 'refused', why });
    }
    expect(await answerOf(asked)).toBeNull();
    expect(brief(rig.audit).slice(2)).toEqual([`refused ${why} to ${by}`, `refused ${why} to ${by}`]);
    if (why === 'not-asked') return;
    await rig.restart(asking({ approvers: [by === 'UNOBODY' ? 'UGONE' : by] }));
    const named = await rig.ask();
    expect(await rig.decide(named, by, APPROVE)).toMatchObject({ why });
  });

  it('the requester, too, unless the policy says otherwise', async () => {
    await start();
    expect(await rig.decide(await rig.ask(), 'U1', APPROVE)).toMatchObject({ type: 'decided' });
    await rig.restart(asking({ requester_may_approve: false, approvers: ['U1', 'U2'] }));
    const asked = await rig.ask();
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({
      why: 'requester',
      audience: { users: ['U1', 'U2'], notRequesters: true },
    });
    expect(await rig.decide(asked, 'U1', deny())).toMatchObject({ why: 'requester' });
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('only those who are asked, and the others are told who', async () => {
    await start({ section: asking({ approvers: ['U4', 'S1'] }) });
    rig.people.groups.set('S1', ['U3']);
    const asked = await rig.ask();
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({
      why: 'not-asked',
      audience: { users: ['U4'], groups: ['S1'], members: false },
    });
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ type: 'decided' });
    expect(await rig.decide(await rig.ask(), 'U4', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('no longer somebody who has left the group, the channel or the workspace', async () => {
    await start({ section: asking({ approvers: ['S1', 'requester'] }) });
    rig.people.groups.set('S1', ['U3']);
    const asked = await rig.ask();
    rig.people.groups.set('S1', []);
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'not-asked' });
    rig.people.members.delete('U1');
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({ why: 'gone' });
    rig.people.groups.set('S1', ['U3']);
    rig.people.persons.set('U3', { id: 'U3', name: 'Name of U3', standing: 'gone' });
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'gone' });
    expect(await answerOf(asked)).toBeNull();
  });

  it('in a direct message its one person', async () => {
    await start();
    const thread = threadId({ team: 'T1', channel: 'D1', root: '1700000000.000100' as SlackTs });
    const asked = await rig.ask({}, { thread });
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'not-asked' });
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('nobody while Slack cannot say who they are, and then nothing changes', async () => {
    await start({ section: asking({ approvers: ['U2', 'S9'] }) });
    const asked = await rig.ask();
    rig.people.isDown = true;
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'unsure' });
    expect(await rig.desk.check({ question: asked.id, by: 'U2' })).toMatchObject({ why: 'unsure' });
    rig.people.isDown = false;
    // A group that does not exist says nothing about anybody.
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'unsure' });
    expect(await answerOf(asked)).toBeNull();
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('is checked without deciding anything, before a form is opened', async () => {
    await start();
    const asked = await rig.ask();
    expect(await rig.desk.check({ question: asked.id, by: 'U2' })).toBeNull();
    expect(await rig.desk.check({ question: asked.id, by: 'U4' })).toMatchObject({ why: 'not-asked' });
    expect(await rig.desk.check({ question: 'q-none' as QuestionId, by: 'U2' })).toMatchObject({ why: 'unknown' });
    await rig.decide(asked, 'U2', APPROVE);
    expect(await rig.desk.check({ question: asked.id, by: 'U3' })).toMatchObject({
      why: 'decided',
      outcome: { by: ['U2'] },
    });
  });
});

describe('a quorum of two', () => {
  const two: GateSection = asking({ quorum: 2, requester_may_approve: false });

  it('takes two people, and the requester is none of them', async () => {
    await start({ section: two });
    rig.people.members.add('U4');
    const asked = await rig.ask();
    expect(await rig.decide(asked, 'U2', APPROVE)).toEqual({ type: 'counted', have: 1, need: 2 });
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({ why: 'requester' });
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'approved-before' });
    expect(await answerOf(asked)).toBeNull();
    expect(await rig.desk.card(asked.id)).toMatchObject({ state: 'open', approvals: [{ by: 'U2' }], quorum: 2 });
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({
      type: 'decided',
      outcome: { result: 'approved', by: ['U2', 'U3'] },
    });
    expect(await answerOf(asked)).toEqual({ type: 'confirmation', allow: true });
  });

  it('counts after a restart what it counted before', async () => {
    await start({ section: two });
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    await rig.restart();
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('at the same instant is reached once', async () => {
    await start({ section: two });
    rig.people.members.add('U4');
    const asked = await rig.ask();
    const rulings = await Promise.all(['U2', 'U3', 'U4'].map((by) => rig.decide(asked, by, APPROVE)));
    expect(rulings.map(({ type }) => type)).toEqual(['counted', 'decided', 'refused']);
  });

  it('does not count somebody who has left in the meantime', async () => {
    await start({ section: two });
    rig.people.members.add('U4');
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    rig.people.members.delete('U2');
    expect(await rig.decide(asked, 'U3', APPROVE)).toEqual({ type: 'counted', have: 1, need: 2 });
    expect(await rig.decide(asked, 'U4', APPROVE)).toMatchObject({ outcome: { by: ['U3', 'U4'] } });
  });

  it('is not reached while Slack cannot say of the first whether they still may', async () => {
    await start({ section: asking({ quorum: 2, approvers: ['S1', 'U3'] }) });
    rig.people.groups.set('S1', ['U2']);
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    rig.people.groups.delete('S1');
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'unsure' });
    // One person's no is enough, and needs nobody else.
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ type: 'decided', outcome: { result: 'denied' } });
  });

  it('is ended by one no', async () => {
    await start({ section: two });
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ outcome: { result: 'denied', by: ['U3'] } });
    expect(await answerOf(asked)).toMatchObject({ allow: false });
  });
});

describe('an input that is longer than its card', () => {
  const long = { input: { command: 'echo line\n'.repeat(500) } };

  it('can be approved only by somebody who opened it in full, each for themselves', async () => {
    await start({ section: asking({ quorum: 2 }) });
    const asked = await rig.ask(long);
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'unread' });
    await rig.desk.opened(asked.id, 'U2');
    await rig.desk.opened(asked.id, 'U2');
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'unread' });
    expect(await rig.decide(asked, 'U2', APPROVE)).toEqual({ type: 'counted', have: 1, need: 2 });
    expect(await rig.decide(asked, 'U3', deny())).toMatchObject({ type: 'decided' });
    expect(brief(rig.audit).filter((entry) => entry === 'opened')).toHaveLength(1);
  });

  it('is remembered as opened after a restart', async () => {
    await start();
    const asked = await rig.ask(long);
    await rig.desk.opened(asked.id, 'U2');
    await rig.restart();
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('need not be opened when the policy says so', async () => {
    await start({ section: asking({ open_in_full: false }) });
    const asked = await rig.ask(long);
    expect(asked.card?.body).toMatchObject({ isCut: true, mustOpen: false });
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('is not taken for opened when the audit cannot say so', async () => {
    await start();
    const asked = await rig.ask(long);
    rig.breakAudit(true);
    await expect(rig.desk.opened(asked.id, 'U2')).rejects.toThrow();
    rig.breakAudit(false);
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({ why: 'unread' });
  });
});

describe('an approval for the thread', () => {
  const about = (words: string, more = {}) =>
    rule(words, 'ask', { match: { tool: 'bash', input: { '$.command': words } }, for_thread: true, ...more });
  const section: GateSection = { rules: [about('npm'), about('git')] };
  const run = (command: string, more = {}) => rig.ask({ input: { command } }, more);
  /** U2 approves this for the thread, and the session takes it. */
  async function approveForThread(command: string): Promise<Standing> {
    const asked = await run(command);
    await rig.decide(asked, 'U2', APPROVE_FOR_THREAD);
    await rig.gate.answered(asked.id, 'accepted');
    return asked;
  }

  it('lets the same tool run again under the same rule, and the audit says by whose leave', async () => {
    await start({ section });
    const asked = await run('npm test');
    expect(asked.card?.body).toMatchObject({ offersThread: true });
    expect(await rig.decide(asked, 'U2', APPROVE_FOR_THREAD)).toMatchObject({ outcome: { forThread: true } });
    expect(rig.audit.at(-1)).toMatchObject({ type: 'decision', choice: 'approve', by: 'U2', forThread: true });
    await rig.gate.answered(asked.id, 'accepted');
    const next = await run('npm run build');
    expect(next).toMatchObject({ card: null, answer: { type: 'confirmation', allow: true } });
    expect(brief(rig.audit).at(-1)).toBe('verdict allow npm, approved for this thread by U2');
    await rig.restart();
    expect(await run('npm ci')).toMatchObject({ answer: { allow: true } });
  });

  it('covers no other rule, tool or thread', async () => {
    await start({ section });
    await approveForThread('npm test');
    expect((await run('git push')).answer).toBeNull();
    expect((await run('npm && git')).answer).toBeNull();
    expect((await rig.ask({ kind: 'mcp', server: 'x', input: { command: 'npm test' } })).answer).toBeNull();
    const thread = threadId({ team: 'T1', channel: 'C1', root: '1700000099.000100' as SlackTs });
    expect((await run('npm test', { thread })).answer).toBeNull();
  });

  it('comes with the answer: not with a decision that came to nothing, and once more after a crash', async () => {
    await start({ section });
    const [asked, late] = [await run('npm test'), await run('npm start')];
    await rig.decide(late, 'U2', APPROVE_FOR_THREAD);
    await rig.gate.answered(late.id, 'too-late');
    expect((await run('npm ci')).answer).toBeNull();
    await rig.decide(asked, 'U2', APPROVE_FOR_THREAD);
    await rig.restart();
    await rig.gate.answered(asked.id, 'accepted');
    expect((await run('npm audit')).answer).toMatchObject({ allow: true });
  });

  it('is never stronger than a rule that denies, and ends when the rule offers it no more', async () => {
    await start({ section });
    await approveForThread('npm test');
    await rig.restart({
      rules: [about('npm'), rule('no publish', 'deny', { match: { input: { '$.command': 'publish' } } })],
    });
    expect((await run('npm publish')).answer).toMatchObject({ allow: false });
    expect((await run('npm test')).answer).toMatchObject({ allow: true });
    await rig.restart({ rules: [about('npm', { for_thread: false })] });
    expect((await run('npm test')).answer).toBeNull();
  });

  it('does not let its giver approve in advance what they ask for themselves', async () => {
    await start({ section: { rules: [about('npm', { requester_may_approve: false })] } });
    await approveForThread('npm test');
    expect((await run('npm test')).answer).toMatchObject({ allow: true });
    expect((await run('npm test', { requesters: ['U2'] })).answer).toBeNull();
    expect((await run('npm test', { requesters: ['U1', 'U2'] })).answer).toBeNull();
  });

  it('ends when whoever gave it leaves, and rests while Slack cannot say', async () => {
    await start({ section });
    await approveForThread('npm test');
    rig.people.isDown = true;
    expect((await run('npm test')).answer).toBeNull();
    rig.people.isDown = false;
    rig.people.members.delete('U2');
    expect((await run('npm test')).answer).toBeNull();
  });
});

describe('whatever people do, in whatever order', () => {
  const USERS = ['U1', 'U2', 'U3', 'U4', 'UGUEST', 'UBOT', 'UOUT', 'UGONE'];
  const MAY = new Set(['U2', 'U3']);
  const choices = fc.constantFrom<Choice>(
    APPROVE,
    APPROVE_FOR_THREAD,
    deny(),
    { type: 'pick', value: 'x' },
    { type: 'answer', values: {} },
    { type: 'decline' },
    { type: 'raise', byCents: 100 },
    { type: 'leave' },
  );
  const acts = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ by: fc.constantFrom(...USERS), choice: choices }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
      { weight: 1, arbitrary: fc.constant('consider' as const) },
    ),
    { minLength: 1, maxLength: 12 },
  );

  it.each([1, 2])('there is at most one decision, by people who may (quorum of %i)', async (quorum) => {
    await start({ section: asking({ quorum, requester_may_approve: false, for_thread: quorum === 1 }) });
    let number = 0;
    await fc.assert(
      fc.asyncProperty(acts, fc.boolean(), async (plan, atOnce) => {
        number += 1;
        const question = call(`sevt_p${number}`, { input: { command: `run ${number}` }, name: `tool${number}` });
        const asked = await rig.gate.consider(question);
        const rulings: Ruling[] = [];
        const pending: Promise<unknown>[] = [];
        for (const act of plan) {
          if (act === 'restart') {
            await Promise.all(pending);
            await rig.restart();
          } else if (act === 'consider') pending.push(rig.gate.consider(question));
          else pending.push(rig.decide(asked, act.by, act.choice).then((ruling) => rulings.push(ruling)));
          if (!atOnce) await pending.at(-1);
        }
        await Promise.all(pending);

        const decided = rulings.flatMap((ruling) => (ruling.type === 'decided' ? [ruling.outcome] : []));
        expect(decided.length).toBeLessThanOrEqual(1);
        const { answer, card } = await rig.gate.consider(question);
        const [outcome] = decided;
        expect(card?.outcome ?? null).toEqual(outcome ?? null);
        if (outcome === undefined) {
          expect(answer).toBeNull();
          return;
        }
        expect(new Set(outcome.by).size).toBe(outcome.result === 'approved' ? quorum : 1);
        expect(outcome.by.every((by) => MAY.has(by))).toBe(true);
        expect(answer).toMatchObject({ type: 'confirmation', allow: outcome.result === 'approved' });
      }),
      { numRuns: 60 },
    );
  });
});

it('answers honestly on a card that has expired', async () => {
  await start();
  const asked = await rig.ask();
  rig.clock.advance(25 * HOUR);
  expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({
    type: 'refused',
    why: 'decided',
    outcome: { result: 'expired', by: [] },
  });
  expect(await answerOf(asked)).toMatchObject({ allow: false });
  expect(rig.woken).toHaveLength(1);
});
