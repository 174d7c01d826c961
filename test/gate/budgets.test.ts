import { afterEach, describe, expect, it } from 'vitest';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import { type SlackTs, type ThreadId, threadId } from '../../src/thread/ids.ts';
import type { BudgetSubject, Standing } from '../../src/thread/question.ts';
import { brief, budget, HOUR, type Rig, type RigOptions, startRig, THREAD } from './rig.ts';

let rig: Rig;
const section: GateSection = { budget: { thread: 5, person_per_day: 1, channel_per_day: 3, raise_by: [1, '2.50'] } };
async function start(options: RigOptions = { section }) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

const OTHER = threadId({ team: 'T1', channel: 'C1', root: '1700000050.000100' as SlackTs });
const spend = (key: string, cents: number, more: Partial<Parameters<Rig['gate']['spent']>[0]> = {}) =>
  rig.gate.spent({ thread: THREAD, key, author: 'U1', cents, at: rig.clock.now(), ...more });
const over = (author = 'U1', thread: ThreadId = THREAD) => rig.gate.overBudget({ thread, author, at: rig.clock.now() });
const raise = (standing: Standing, by: string, byCents: number) => rig.decide(standing, by, { type: 'raise', byCents });

async function askAbout(subject: BudgetSubject | null, thread: ThreadId = THREAD): Promise<Standing> {
  if (subject === null) throw new Error('no budget stands in the way');
  return rig.gate.consider({ ...budget(subject), thread, session: null });
}

describe('the budget of a session', () => {
  it('is asked about with what was used and the steps to raise it by', async () => {
    await start();
    expect((await rig.gate.consider(budget())).card).toMatchObject({
      state: 'open',
      expiresAt: null,
      audience: { members: true },
      body: { type: 'budget', scope: 'thread', usedCents: 53, capCents: 50, stepsCents: [100, 250] },
    });
    expect(brief(rig.audit)).toEqual(['question', 'verdict ask -']);
  });

  it('is raised above what was used, by a step that the card offers, once', async () => {
    await start();
    const asked = await rig.gate.consider(budget({ usedCents: 53.4 }));
    expect(await raise(asked, 'U2', 500)).toMatchObject({ why: 'not-offered' });
    const rulings = await Promise.all([raise(asked, 'U2', 250), raise(asked, 'U3', 100)]);
    expect(rulings).toMatchObject([
      { type: 'decided', outcome: { result: 'raised', by: ['U2'], detail: '$3.04' } },
      { type: 'refused', why: 'decided', outcome: { by: ['U2'] } },
    ]);
    expect((await rig.gate.consider(budget({ usedCents: 53.4 }))).answer).toEqual({ type: 'raise', toCents: 304 });
    expect(brief(rig.audit).slice(3)).toEqual(['decision raise by U2', 'budget', 'refused decided to U3']);
    expect(rig.audit).toContainEqual(
      expect.objectContaining({ type: 'budget', by: 'U2', scope: 'thread', toCents: 304 }),
    );
    expect(await rig.gate.answered(asked.id, 'accepted')).toMatchObject({ state: 'closed' });
  });

  it('is left as it is', async () => {
    await start();
    const asked = await rig.gate.consider(budget());
    expect(await rig.decide(asked, 'U2', { type: 'leave' })).toMatchObject({ outcome: { result: 'left', by: ['U2'] } });
    expect((await rig.gate.consider(budget())).answer).toEqual({ type: 'leave' });
  });

  it('is raised only by those the policy names', async () => {
    await start({ section: { budget: { raisers: ['U3'] } } });
    const asked = await rig.gate.consider(budget());
    expect(await raise(asked, 'U1', 100)).toMatchObject({ why: 'not-asked', audience: { users: ['U3'] } });
    expect(await rig.decide(asked, 'U1', { type: 'leave' })).toMatchObject({ why: 'not-asked' });
    expect(await raise(asked, 'UGUEST', 100)).toMatchObject({ why: 'guest' });
    expect(await raise(asked, 'U3', 100)).toMatchObject({ type: 'decided' });
  });

  it('waits without an end', async () => {
    await start();
    await rig.gate.consider(budget());
    rig.clock.advance(90 * 24 * HOUR - 1);
    expect(await rig.gate.consider(budget())).toMatchObject({ answer: null, dueAt: null, card: { state: 'open' } });
  });
});

describe('the budget of a day', () => {
  it('stands in the way once it is used up, and not before', async () => {
    await start();
    expect(await over()).toBeNull();
    await spend('t1', 60);
    expect(await over()).toBeNull();
    await spend('t2', 40);
    expect(await over()).toMatchObject({ type: 'budget', scope: 'person', usedCents: 100, capCents: 100 });
    expect(await over('U2')).toBeNull();
  });

  it('counts every turn once, however often it is told', async () => {
    await start();
    for (let n = 0; n < 5; n++) await spend('t1', 60);
    expect(await over()).toBeNull();
    await Promise.all([spend('t2', 20), spend('t3', 20), spend('t2', 20)]);
    expect(await over()).toMatchObject({ usedCents: 100 });
  });

  it('of a channel counts what everybody used in it, also what nobody asked for', async () => {
    await start();
    await spend('t1', 90, { author: 'U2' });
    await spend('t2', 90, { author: 'U3' });
    await spend('t3', 120, { author: null, thread: OTHER });
    expect(await over('U4')).toMatchObject({ scope: 'channel', usedCents: 300, capCents: 300 });
    const elsewhere = threadId({ team: 'T1', channel: 'C2', root: '1700000060.000100' as SlackTs });
    expect(await over('U4', elsewhere)).toBeNull();
  });

  it('is over with the day', async () => {
    await start({ section, startMs: Date.UTC(2026, 10, 2, 23) });
    await spend('t1', 100);
    const asked = await askAbout(await over());
    expect(asked.dueAt).toBe(Date.UTC(2026, 10, 3));
    rig.clock.advance(HOUR - 1);
    expect(await over()).not.toBeNull();
    rig.clock.advance(1);
    expect(await over()).toBeNull();
    expect(await raise(asked, 'U2', 100)).toMatchObject({ why: 'decided', outcome: { result: 'moot' } });
    expect(await rig.desk.card(asked.id)).toMatchObject({ state: 'closed', outcome: { result: 'moot' } });
  });

  it('is not asked about when there is none', async () => {
    await start({ section: {} });
    await spend('t1', 1_000_000);
    expect(await over()).toBeNull();
  });

  it('is raised once the thread has taken the answer, so that whoever takes over knows of it', async () => {
    await start();
    await spend('t1', 120);
    const subject = await over();
    const asked = await askAbout(subject);
    expect(await raise(asked, 'U2', 100)).toMatchObject({ outcome: { detail: '$2.20' } });
    await rig.restart();
    // The same occasion still stands in the way, and its question has the answer.
    expect(await over()).toEqual(subject);
    expect((await askAbout(await over())).answer).toEqual({ type: 'raise', toCents: 220 });
    expect(await rig.gate.answered(asked.id, 'accepted')).toMatchObject({ state: 'closed' });
    expect(await over()).toBeNull();
    await spend('t2', 100);
    expect(await over()).toMatchObject({ usedCents: 220, capCents: 220 });
    expect((await askAbout(await over())).card).toMatchObject({ state: 'open' });
  });

  it('is raised once, though two threads ask about it', async () => {
    await start();
    await spend('t1', 100);
    const [here, there] = [await askAbout(await over()), await askAbout(await over('U1', OTHER), OTHER)];
    expect(here.id).not.toBe(there.id);
    await raise(here, 'U2', 100);
    await raise(there, 'U3', 100);
    await rig.gate.answered(here.id, 'accepted');
    await rig.gate.answered(there.id, 'accepted');
    await spend('t2', 100);
    expect(await over()).toMatchObject({ usedCents: 200, capCents: 200 });
  });

  it.each(['left', 'cancelled'] as const)('that was %s is asked about anew at the next message', async (how) => {
    await start();
    await spend('t1', 100);
    for (let times = 0; times < 3; times++) {
      const asked = await askAbout(await over());
      expect(asked).toMatchObject({ isClosed: false, card: { state: 'open' } });
      if (how === 'left') {
        await rig.decide(asked, 'U2', { type: 'leave' });
        await rig.gate.answered(asked.id, 'accepted');
      } else await rig.gate.close(asked.id, { result: 'cancelled', by: 'U2' });
      await rig.restart();
    }
    const asked = await askAbout(await over());
    await raise(asked, 'U2', 100);
    await rig.gate.answered(asked.id, 'accepted');
    expect(await over()).toBeNull();
  });

  it('that is left as it is here stays open elsewhere', async () => {
    await start();
    await spend('t1', 100);
    const [here, there] = [await askAbout(await over()), await askAbout(await over('U1', OTHER), OTHER)];
    await rig.decide(here, 'U2', { type: 'leave' });
    await rig.gate.answered(here.id, 'accepted');
    expect((await askAbout(await over('U1', OTHER), OTHER)).id).toBe(there.id);
    await raise(there, 'U2', 100);
    await rig.gate.answered(there.id, 'accepted');
    expect(await over()).toBeNull();
  });
});
