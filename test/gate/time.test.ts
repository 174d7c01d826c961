import { afterEach, describe, expect, it } from 'vitest';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import type { Standing } from '../../src/thread/question.ts';
import { APPROVE, brief, call, HOUR, MINUTE, type Rig, type RigOptions, rule, startRig } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

const QUESTION = call('sevt_1');
const consider = () => rig.gate.consider(QUESTION);
const ladder: GateSection = {
  defaults: {
    approvers: ['U2'],
    expire: { after: '4h' },
    remind: ['30m', '2h'],
    escalate: [
      { after: '1h', to: ['U3'] },
      { after: '3h', to: ['members'] },
    ],
  },
};

const nudges = ({ card }: Standing) => card?.nudges.map(({ id }) => id);

describe('what is due', () => {
  it('comes one after the other, each once, and says when the next is', async () => {
    await start({ section: ladder });
    const asked = await consider();
    const times = [asked.dueAt];
    const told: unknown[] = [];
    for (let n = 0; n < 4; n++) {
      rig.clock.advance((times.at(-1) ?? 0) - rig.clock.now());
      const standing = await consider();
      expect(await consider()).toEqual(standing);
      times.push(standing.dueAt);
      told.push(nudges(standing)?.at(-1));
    }
    const since = times.map((at) => ((at ?? 0) - (times[0] ?? 0)) / MINUTE);
    expect(since).toEqual([0, 30, 90, 150, 210]);
    expect(told).toEqual(['reminder-1', 'escalation-1', 'reminder-2', 'escalation-2']);
    expect(brief(rig.audit).slice(2)).toEqual([
      'nudge reminder-1',
      'nudge escalation-1',
      'nudge reminder-2',
      'nudge escalation-2',
    ]);
  });

  it('widens who may decide with every step of the ladder, and not before', async () => {
    await start({ section: ladder });
    const asked = await consider();
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'not-asked' });
    rig.clock.advance(HOUR);
    // A click comes before the conductor has looked: it is the time that counts.
    expect(await rig.desk.check({ question: asked.id, by: 'U3' })).toBeNull();
    expect((await consider()).card).toMatchObject({
      audience: { users: ['U2', 'U3'], members: false },
      nudges: [
        { id: 'escalation-1', type: 'escalation', audience: { users: ['U3'] }, expiresAt: asked.card?.expiresAt },
      ],
    });
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({ why: 'not-asked' });
    rig.clock.advance(2 * HOUR);
    expect((await consider()).card?.audience).toMatchObject({ users: ['U2', 'U3'], members: true });
    expect(await rig.decide(asked, 'U1', APPROVE)).toMatchObject({ type: 'decided' });
  });

  it('and was missed while the process was away is told in one message, and all of it holds', async () => {
    await start({ section: ladder });
    await consider();
    await rig.restart();
    rig.clock.advance(3.5 * HOUR);
    const standing = await consider();
    expect(nudges(standing)).toEqual(['escalation-2']);
    // Whoever the missed step has reached is called by the message that stands for it.
    expect(standing.card?.nudges[0]?.audience).toMatchObject({ users: ['U3'], members: true });
    expect(standing.card?.audience).toMatchObject({ users: ['U2', 'U3'], members: true });
    expect(brief(rig.audit).filter((entry) => entry.startsWith('nudge'))).toHaveLength(4);
  });

  it('and was missed before a reminder is told by the reminder', async () => {
    await start({ section: { defaults: { escalate: [{ after: '1h', to: ['U3'] }], remind: ['90m', '3h'] } } });
    await consider();
    rig.clock.advance(100 * MINUTE);
    expect((await consider()).card?.nudges).toMatchObject([
      { id: 'reminder-1', type: 'escalation', audience: { users: ['U3'], members: true } },
    ]);
    rig.clock.advance(80 * MINUTE);
    expect((await consider()).card?.nudges[1]).toMatchObject({
      type: 'reminder',
      audience: { users: ['U3'], members: true },
    });
  });

  it('a little late is told all the same', async () => {
    await start({ section: { defaults: { remind: ['30m', '35m'] } } });
    await consider();
    rig.clock.advance(36 * MINUTE);
    expect(nudges(await consider())).toEqual(['reminder-1', 'reminder-2']);
  });

  it('does not come once the question is decided or closed', async () => {
    await start({ section: ladder });
    const asked = await consider();
    await rig.decide(asked, 'U2', APPROVE);
    rig.clock.advance(5 * HOUR);
    expect(await consider()).toMatchObject({ dueAt: null, answer: { allow: true }, card: { nudges: [] } });
    await rig.gate.answered(asked.id, 'accepted');
    expect(await consider()).toMatchObject({ dueAt: null, isClosed: true });
  });

  it('waits until the audit can take it', async () => {
    await start({ section: ladder });
    await consider();
    rig.clock.advance(HOUR);
    rig.breakAudit(true);
    await expect(consider()).rejects.toThrow();
    rig.breakAudit(false);
    expect(nudges(await consider())).toEqual(['escalation-1']);
  });
});

describe('the expiry', () => {
  it('denies, says how long people had, and holds over a restart', async () => {
    await start({ section: ladder });
    const asked = await consider();
    await rig.restart();
    rig.clock.advance(4 * HOUR - 1);
    expect((await consider()).answer).toBeNull();
    // Looked at late, as after an outage, it is still the time that was given.
    rig.clock.advance(5 * HOUR);
    expect(await consider()).toMatchObject({
      answer: { type: 'confirmation', allow: false, message: 'Nobody decided within 4 h, so this was not allowed.' },
      dueAt: null,
      card: { state: 'sending', outcome: { result: 'expired', by: [], at: rig.clock.now() } },
    });
    expect(await rig.gate.answered(asked.id, 'accepted')).toMatchObject({
      state: 'closed',
      outcome: { result: 'expired' },
    });
    expect(brief(rig.audit).slice(-2)).toEqual(['decision expire by -', 'answer confirmation accepted']);
  });

  it('says how short the time was', async () => {
    await start({ section: { defaults: { expire: { after: '90s' } } } });
    await consider();
    rig.clock.advance(90_000);
    expect((await consider()).answer).toMatchObject({ message: expect.stringContaining('within 90 s') });
  });

  it('stops the session when the policy says so', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the word of the file; nobody awaits it
    await start({ section: { defaults: { expire: { after: '90s', then: 'stop' } } } });
    const asked = await consider();
    expect(asked.card?.onExpiry).toBe('stop');
    rig.clock.advance(90_000);
    await rig.restart();
    expect(await consider()).toMatchObject({ answer: { type: 'stop' }, card: { outcome: { result: 'expired' } } });
  });

  it('lets an approval of one of two count for nothing', async () => {
    await start({ section: { defaults: { quorum: 2, expire: { after: '1h' } } } });
    const asked = await consider();
    await rig.decide(asked, 'U2', APPROVE);
    rig.clock.advance(HOUR);
    expect(await rig.decide(asked, 'U3', APPROVE)).toMatchObject({ why: 'decided', outcome: { result: 'expired' } });
    expect((await consider()).answer).toMatchObject({ allow: false });
  });

  it('is told to the agent in the form that a custom tool takes', async () => {
    await start({ section: { rules: [rule('ask', 'ask', { expire: { after: '1h' } })] } });
    const question = call('sevt_2', { kind: 'custom', name: 'none' });
    expect((await rig.gate.consider(question)).answer).toMatchObject({ type: 'result', isError: true });
  });

  it('of a decision made a moment before it does not come', async () => {
    await start({ section: ladder });
    const asked = await consider();
    rig.clock.advance(4 * HOUR - 1);
    await rig.decide(asked, 'U2', APPROVE);
    rig.clock.advance(HOUR);
    expect(await consider()).toMatchObject({ answer: { allow: true }, card: { outcome: { result: 'approved' } } });
  });
});
