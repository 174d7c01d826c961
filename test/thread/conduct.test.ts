import { afterEach, describe, expect, it } from 'vitest';
import { SessionError } from '../../src/thread/errors.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import { APPROVE, deny, HOUR, handler, MINUTE, type RigOptions, rule, SESSION, THREAD } from '../gate/rig.ts';
import { eventually } from '../sessions/rig.ts';
import { type Hall, openHall } from './hall.ts';

let hall: Hall;
async function open(options?: RigOptions) {
  hall = await openHall(options);
  return hall;
}
afterEach(() => hall.stop());

const sent = () => hall.agent.sent.map(({ text }) => text);
const answered = () =>
  hall.agent.answers.map(({ callId, answer }) => [callId, 'allow' in answer ? answer.allow : answer.text]);

const ELSEWHERE = threadId({ team: 'T1', channel: 'C1', root: '1699999999.000100' as SlackTs });

/** A message has reached the agent, which has made these calls and waits. */
async function asking(...calls: string[]) {
  await hall.says('go on');
  await eventually(() => expect(sent()).toHaveLength(1));
  hall.agent.calls(calls.map((id) => ({ id })));
  await eventually(() => expect(hall.cards()).toHaveLength(calls.length));
}

describe('a question', () => {
  it('is asked, answered, and closed, while nothing runs in between', async () => {
    await open();
    await asking('t1');
    await hall.parked();
    expect(hall.view().phase).toBe('waiting');
    expect(await hall.decide(hall.cards()[0], 'U2', APPROVE)).toMatchObject({ type: 'decided' });
    await eventually(() => expect(answered()).toEqual([['t1', true]]));
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'approved' } }));
    hall.agent.says('done');
    hall.agent.ends();
    await hall.parked();
    expect(hall.view()).toMatchObject({ phase: 'ended' });
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { by: ['U2'] } });
  });

  it('is one of twelve, and the session goes on when the last is answered', async () => {
    await open();
    const calls = Array.from({ length: 12 }, (_, n) => `t${n}`);
    await asking(...calls);
    expect(hall.view().pieces.at(-1)).toMatchObject({ type: 'batch', cards: { length: 12 } });
    const cards = hall.cards();
    for (const [n, card] of cards.entries()) {
      expect(await hall.decide(card, 'U2', n % 3 === 0 ? deny() : APPROVE)).toMatchObject({ type: 'decided' });
    }
    await eventually(() => expect(answered()).toHaveLength(12));
    expect(answered()).toEqual(calls.map((id, n) => [id, n % 3 !== 0]));
    await eventually(() => expect(hall.view().phase).toBe('working'));
  });

  it('of a child thread is asked while the session runs', async () => {
    await open();
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    hall.agent.calls([{ id: 't1', childId: 'sthr_1' }], { idle: false });
    // Others of its kind might come right after it, and are waited for a moment.
    await eventually(() => {
      hall.gate.clock.advance(300);
      expect(hall.cards()).toHaveLength(1);
    });
    expect(hall.view().phase).toBe('working');
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(answered()).toEqual([['t1', true]]));
  });

  it('that the session will not hear the answer of does not keep the others waiting', async () => {
    await open();
    await asking('t1', 't2');
    hall.agent.fail.answer.set('t1', new SessionError('request', 'no'));
    const [first, second] = hall.cards();
    await hall.decide(first, 'U2', APPROVE);
    await hall.decide(second, 'U2', APPROVE);
    await eventually(() => expect(answered()).toEqual([['t2', true]]));
    await hall.parked();
    expect(hall.notices()).toEqual([{ code: 'misconfigured', what: 'request' }]);
    expect(hall.cards()).toMatchObject([{ state: 'sending' }, { state: 'closed' }]);
    hall.agent.fail.answer.clear();
    hall.gate.clock.advance(MINUTE);
    await eventually(() => expect(answered()).toHaveLength(2));
    await eventually(() => expect(hall.notices()).toEqual([]));
  });

  it('waits for better times while nothing can be kept, and says so', async () => {
    await open();
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    // What the message itself did is in the audit by now.
    await eventually(() => expect(hall.gate.audit.map(({ type }) => type)).toEqual(['input']));
    hall.gate.breakAudit(true);
    hall.agent.calls([{ id: 't1' }]);
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'gate-failed', retryInMs: MINUTE }]));
    await hall.parked();
    expect(hall.cards()).toEqual([]);
    hall.gate.breakAudit(false);
    hall.gate.clock.advance(MINUTE);
    await eventually(() => expect(hall.cards()).toHaveLength(1));
    expect(hall.notices()).toEqual([]);
  });

  it('stays in sight for whoever takes over, though nothing can be kept then', async () => {
    await open({ section: { defaults: { remind: ['30m'] } } });
    await asking('t1');
    await hall.parked();
    hall.gate.breakAudit(true);
    hall.gate.clock.advance(30 * MINUTE);
    await hall.restart();
    await eventually(() => expect(hall.notices()).toMatchObject([{ code: 'gate-failed' }]));
    expect(hall.cards()[0]).toMatchObject({ state: 'open', nudges: [] });
  });

  it('that expires is answered on time, after a restart as well', async () => {
    await open({ section: { defaults: { expire: { after: '1h' }, remind: ['30m'] } } });
    await asking('t1');
    await hall.restart();
    await hall.parked();
    hall.gate.clock.advance(30 * MINUTE);
    await eventually(() => expect(hall.cards()[0]?.nudges).toHaveLength(1));
    await hall.parked();
    hall.gate.clock.advance(HOUR);
    await eventually(() => expect(answered()).toEqual([['t1', false]]));
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'expired' } }));
  });

  it('that expires with a stop ends the turn', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the word of the file; nobody awaits it
    await open({ section: { defaults: { expire: { after: '1h', then: 'stop' } } } });
    await asking('t1');
    await hall.parked();
    hall.gate.clock.advance(HOUR);
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.agent.interrupts).toBe(1);
    expect(answered()).toEqual([]);
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'expired' } });
  });

  it('that was answered when the process died is closed by whoever takes over, without another answer', async () => {
    await open();
    await asking('t1');
    await hall.parked();
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(answered()).toHaveLength(1));
    await hall.restart();
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'approved' } }));
    expect(answered()).toHaveLength(1);
  });

  it('whose acceptance could not be kept is closed later, without another answer', async () => {
    await open();
    await asking('t1');
    await hall.parked();
    hall.gate.breakAuditFor('answer');
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(hall.notices()).toMatchObject([{ code: 'gate-failed' }]));
    expect(hall.cards()[0]).toMatchObject({ state: 'sending' });
    hall.gate.breakAudit(false);
    hall.gate.clock.advance(MINUTE);
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'approved' } }));
    expect(answered()).toHaveLength(1);
  });

  it('that somebody answered elsewhere is moot', async () => {
    await open();
    await asking('t1');
    await hall.parked();
    await hall.agent.sessions.answer(SESSION, 't1', { type: 'confirmation', allow: true });
    hall.gate.clock.advance(2 * MINUTE);
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'moot' } }));
  });
});

describe('a tool of ours', () => {
  const reading = { kind: 'custom', name: 'read_thread', input: { service: 'x' } } as const;

  it('shows the turn as working while it runs, and gives its result by itself', async () => {
    let finish = () => {};
    const tool = handler(() => new Promise((resolve) => (finish = () => resolve('read'))), {
      name: 'read_thread',
      people: 'allow',
    });
    await open({ tools: [tool] });
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    hall.agent.calls([{ id: 'c1', ...reading }]);
    await hall.parked();
    expect(hall.view()).toMatchObject({ phase: 'working', pieces: [{ type: 'step' }] });
    finish();
    await eventually(() => expect(answered()).toEqual([['c1', 'read']]));
  });

  it('does not run for a call that was interrupted while no process was there', async () => {
    const runs: string[] = [];
    const tool = handler(async () => `read ${runs.push('run')}`, { name: 'read_thread', people: 'allow' });
    await open({ tools: [tool] });
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    await hall.restart(() => {
      hall.agent.calls([{ id: 'c1', ...reading }, { id: 't1' }]);
      hall.agent.applyInterrupt();
    });
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(runs).toEqual([]);
    expect(hall.cards()).toEqual([]);
    expect(hall.gate.audit.map(({ type }) => type)).not.toContain('question');
  });
});

it('ends a turn only when its questions are closed', async () => {
  await open();
  await asking('t1');
  hall.gate.breakAuditFor('decision');
  await hall.stops('U3');
  await eventually(() => expect(hall.notices()).toContainEqual({ code: 'gate-failed', retryInMs: MINUTE }));
  expect(hall.cards()[0]?.state).toBe('open');
  hall.gate.breakAudit(false);
  hall.gate.clock.advance(MINUTE);
  await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'cancelled' } }));
  expect(hall.notices()).toEqual([{ code: 'stopped', by: 'U3' }]);
  await hall.parked();
});

describe('a stop', () => {
  it('cancels what was open, and says whose it was', async () => {
    await open();
    await asking('t1', 't2');
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(hall.cards()[0]?.state).toBe('closed'));
    await hall.stops('U3');
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.cards()).toMatchObject([
      { outcome: { result: 'approved', by: ['U2'] } },
      { state: 'closed', outcome: { result: 'cancelled', by: ['U3'] } },
    ]);
    expect(hall.notices()).toEqual([{ code: 'stopped', by: 'U3' }]);
  });

  it('that is on its way lets no decision through any more', async () => {
    await open();
    hall.agent.isInterruptible = false;
    await asking('t1');
    await hall.stops('U3');
    await eventually(() => expect(hall.agent.interrupts).toBe(1));
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered()).toEqual([]);
    hall.agent.applyInterrupt();
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(answered()).toEqual([]);
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'moot', by: ['U2'] } });
  });
});

describe('a stop that the agents API does not take', () => {
  it('is tried again, and until then lets no decision through', async () => {
    await open();
    await asking('t1');
    hall.agent.fail.interrupt = new SessionError('unreachable', 'down');
    await hall.stops('U3');
    await eventually(() => expect(hall.notices()).toContainEqual({ code: 'unreachable', retryInMs: MINUTE }));
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await new Promise((resolve) => setTimeout(resolve, 30));
    hall.agent.fail.interrupt = null;
    hall.gate.clock.advance(MINUTE);
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(answered()).toEqual([]);
  });

  it('is given up when it never will, and people decide again', async () => {
    await open();
    await asking('t1');
    hall.agent.fail.interrupt = new SessionError('request', 'no');
    await hall.stops('U3');
    await eventually(() => expect(hall.notices()).toContainEqual({ code: 'misconfigured', what: 'request' }));
    await hall.parked();
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(answered()).toEqual([['t1', true]]));
  });
});

describe('messages while a question is open', () => {
  it('are held, shown as held, and sent in order when it is answered', async () => {
    await open();
    await asking('t1');
    await hall.says('also this', 'U2');
    await hall.says('and that', 'U3');
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'held', until: 'answer' }]));
    await hall.parked();
    expect(sent()).toEqual(['go on']);
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await eventually(() => expect(sent()).toEqual(['go on', 'also this', 'and that']));
    expect(hall.agent.sent.every(({ interrupting }) => !interrupting)).toBe(true);
    await eventually(() => expect(hall.notices()).toEqual([]));
  });

  it('are sent at once when somebody cancels the request for them', async () => {
    await open();
    await asking('t1');
    await hall.says('forget that', 'U2');
    await hall.says('do this', 'U2');
    await hall.parked();
    await hall.releases('U3');
    await eventually(() => expect(sent()).toEqual(['go on', 'forget that', 'do this']));
    expect(hall.agent.sent.map(({ interrupting }) => interrupting)).toEqual([false, true, false]);
    await eventually(() => {
      const cancelled = hall.view(1);
      expect(cancelled.phase).toBe('ended');
      expect(cancelled.pieces).toMatchObject([
        { type: 'step', state: 'stopped' },
        { type: 'question', card: { state: 'closed', outcome: { result: 'cancelled', by: ['U3'] } } },
        { type: 'notice', notice: { code: 'cancelled', by: 'U3' } },
      ]);
    });
    expect(answered()).toEqual([]);
  });

  it('let no decision through any more once the request is being cancelled for them', async () => {
    await open();
    hall.agent.isInterruptible = false;
    await asking('t1');
    await hall.says('forget that', 'U2');
    await hall.parked();
    await hall.releases('U3');
    await eventually(() => expect(sent()).toEqual(['go on', 'forget that']));
    await hall.decide(hall.cards()[0], 'U2', APPROVE);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered()).toEqual([]);
    // Somebody listens: nothing has to wake the thread for the end to be heard.
    hall.agent.applyInterrupt();
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.notices()).toEqual([{ code: 'cancelled', by: 'U3' }]);
    expect(answered()).toEqual([]);
  });

  it('are not sent in the place of an answer that has been given', async () => {
    await open();
    await asking('t1', 't2');
    await hall.says('mind this', 'U2');
    await hall.parked();
    hall.agent.isPaused = true;
    for (const card of hall.cards()) await hall.decide(card, 'U2', APPROVE);
    await eventually(() => expect(answered()).toHaveLength(2));
    await hall.releases('U3');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(sent()).toEqual(['go on']);
    hall.agent.goesOn();
    await eventually(() => expect(sent()).toEqual(['go on', 'mind this']));
    expect(hall.agent.sent.some(({ interrupting }) => interrupting)).toBe(false);
  });

  it('leave the question open when the request cannot be cancelled now', async () => {
    await open();
    await asking('t1');
    await hall.says('forget that', 'U2');
    await hall.parked();
    hall.agent.fail.send = new SessionError('unreachable', 'down');
    await hall.releases('U3');
    await eventually(() => expect(hall.notices()).toContainEqual({ code: 'unreachable', retryInMs: MINUTE }));
    await hall.parked();
    expect(hall.cards()[0]?.state).toBe('open');
    hall.agent.fail.send = null;
    hall.gate.clock.advance(MINUTE);
    await eventually(() => expect(sent()).toEqual(['go on', 'forget that']));
  });
});

describe("the session's budget", () => {
  async function capped() {
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    hall.agent.spends(53, 50);
    hall.agent.reachesCap('sevt_cap');
    await eventually(() => expect(hall.cards()).toHaveLength(1));
  }

  it('is raised, and the session goes on, and so do messages that were held', async () => {
    await open();
    await capped();
    expect(hall.cards()[0]?.body).toMatchObject({ type: 'budget', scope: 'thread', usedCents: 53, capCents: 50 });
    await hall.says('more', 'U2');
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'held', until: 'budget' }]));
    await hall.parked();
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(hall.agent.raises).toEqual([153]));
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'raised' } }));
    await eventually(() => expect(hall.notices()).toEqual([]));
  });

  it('is asked about once when a message is refused for it before the session says so', async () => {
    await open();
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    hall.agent.spends(53, 50);
    hall.agent.fail.send = new SessionError('budget', 'capped');
    await hall.says('more', 'U2');
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'held', until: 'budget' }]));
    expect(hall.cards()).toEqual([]);
    hall.agent.fail.send = null;
    hall.agent.reachesCap('sevt_cap');
    await eventually(() => expect(hall.cards()).toHaveLength(1));
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    expect(hall.cards()).toHaveLength(1);
  });

  it('is raised once it can be', async () => {
    await open();
    await capped();
    hall.agent.fail.raise = new SessionError('unreachable', 'down');
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(hall.notices()).toMatchObject([{ code: 'unreachable' }]));
    expect(hall.cards()[0]?.state).toBe('sending');
    hall.agent.fail.raise = null;
    await hall.restart();
    await eventually(() => expect(hall.agent.raises).toEqual([153]));
    await eventually(() => expect(hall.cards()[0]?.state).toBe('closed'));
  });

  it('is left as it is: the turn ends, and what was held is told', async () => {
    await open();
    await capped();
    await hall.says('more', 'U2');
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'held', until: 'budget' }]));
    await hall.decide(hall.cards()[0], 'U2', { type: 'leave' });
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.notices()).toEqual([{ code: 'budget-reached' }, { code: 'not-sent', count: 1, why: 'budget' }]);
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'left' } });
    await hall.parked();
    expect(sent()).toEqual(['go on']);
    await hall.says('again', 'U2');
    await eventually(() => expect(hall.cards()).toMatchObject([{ state: 'open', body: { type: 'budget' } }]));
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(sent()).toEqual(['go on', 'again']));
  });

  it('is stopped at without an interrupt, which the session would not even record', async () => {
    await open();
    await capped();
    await hall.stops('U2');
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.agent.interrupts).toBe(0);
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'cancelled', by: ['U2'] } });
  });
});

describe('the budget of a day', () => {
  const section = { budget: { person_per_day: 1 } };

  /** A turn has used it up. */
  async function usedUp() {
    await open({ section });
    await hall.says('go on');
    await eventually(() => expect(sent()).toHaveLength(1));
    hall.agent.spends(120);
    hall.agent.ends();
    await hall.parked();
  }

  const isCapped = () =>
    eventually(() => expect(hall.cards()).toMatchObject([{ state: 'open', body: { scope: 'person' } }]));

  it('holds back new work, in its order, until it is raised', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.says('and more', 'U2');
    await eventually(() => expect(hall.notices()).toEqual([{ code: 'held', until: 'budget' }]));
    await hall.parked();
    expect(sent()).toEqual(['go on']);
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(sent()).toEqual(['go on', 'more', 'and more']));
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'raised' } }));
  });

  it('is raised though the process that asked is gone', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.restart();
    await hall.parked();
    await isCapped();
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await hall.restart();
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    await eventually(() => expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'raised' } }));
  });

  it('is over with the day, and what was asked says so', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.parked();
    hall.gate.clock.advance(24 * HOUR);
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    await eventually(() => expect(hall.cards()).toMatchObject([{ state: 'closed', outcome: { result: 'moot' } }]));
  });

  it('says what became of it to the end of the turn, whoever takes over', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    hall.agent.calls([{ id: 't1' }]);
    await eventually(() => expect(hall.cards()).toHaveLength(2));
    await hall.restart();
    await hall.parked();
    const raised = { state: 'closed', outcome: { result: 'raised', by: ['U2'] } };
    expect(hall.cards()).toMatchObject([raised, { state: 'open' }]);
    await hall.decide(hall.cards()[1], 'U2', APPROVE);
    await eventually(() => expect(answered()).toEqual([['t1', true]]));
    hall.agent.ends();
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.cards()).toMatchObject([raised, { state: 'closed' }]);
  });

  it('is no longer asked about when it was raised elsewhere', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.parked();
    const { id = '' } = hall.cards()[0] ?? {};
    const over = await hall.gate.gate.overBudget({ thread: ELSEWHERE, author: 'U1', at: hall.gate.clock.now() });
    if (!over) throw new Error('it is not used up');
    const there = await hall.gate.gate.consider({
      thread: ELSEWHERE,
      session: null,
      subject: over,
      requesters: ['U1'],
    });
    await hall.gate.desk.decide({ question: there.id, by: 'U2', choice: { type: 'raise', byCents: 100 } });
    await hall.gate.gate.answered(there.id, 'accepted');
    hall.gate.clock.advance(2 * MINUTE);
    await eventually(() => expect(sent()).toEqual(['go on', 'more']));
    await eventually(() => expect(hall.cards()).toMatchObject([{ id, state: 'closed', outcome: { result: 'moot' } }]));
  });

  it('is left as it is, and asked about again at the next message', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.decide(hall.cards()[0], 'U2', { type: 'leave' });
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.notices()).toEqual([{ code: 'not-sent', count: 1, why: 'budget' }]);
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'left' } });
    await hall.parked();
    await hall.says('please');
    await isCapped();
    await hall.decide(hall.cards()[0], 'U2', { type: 'raise', byCents: 100 });
    await eventually(() => expect(sent()).toEqual(['go on', 'please']));
  });

  it('does not stand in the way of a stop', async () => {
    await usedUp();
    await hall.says('more');
    await isCapped();
    await hall.parked();
    await hall.stops('U2');
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.cards()[0]).toMatchObject({ state: 'closed', outcome: { result: 'cancelled', by: ['U2'] } });
    expect(hall.notices()).toContainEqual({ code: 'not-sent', count: 1, why: 'stopped' });
    await hall.parked();
    expect(sent()).toEqual(['go on']);
    expect(await hall.gate.store.inbox.list(THREAD)).toEqual([]);
  });

  it('keeps a session from being made for work that may not begin', async () => {
    await open({ section });
    await hall.gate.gate.spent({
      thread: ELSEWHERE,
      key: 'k',
      author: 'U1',
      cents: 100,
      at: hall.gate.clock.now(),
    });
    await hall.says('go on');
    await isCapped();
    await hall.parked();
    expect(hall.agent.created).toBe(0);
    await hall.restart();
    await hall.parked();
    await isCapped();
    await hall.stops('U2');
    await eventually(() => expect(hall.view().phase).toBe('ended'));
    expect(hall.agent.created).toBe(0);
  });
});

it('lets a policy answer without a card', async () => {
  await open({ section: { rules: [rule('all', 'allow')] } });
  await hall.says('go on');
  await eventually(() => expect(sent()).toHaveLength(1));
  hall.agent.calls([{ id: 't1' }, { id: 't2' }]);
  await eventually(() =>
    expect(answered()).toEqual([
      ['t1', true],
      ['t2', true],
    ]),
  );
  expect(hall.cards()).toEqual([]);
});
