import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/thread/event.ts';
import { answer, fold } from '../../src/thread/fold.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import type { CardBody, QuestionId } from '../../src/thread/question.ts';
import {
  type Before,
  cap,
  keyOf,
  newTurn,
  note,
  questionsOf,
  stand,
  type Turn,
  unnote,
} from '../../src/thread/turn.ts';
import { view } from '../../src/thread/turn-view.ts';
import { asked, cardFor } from './standings.ts';

const ROOT = '1700000000.000100' as SlackTs;
const AT = '2026-11-01T10:00:00.000Z';
const fresh: Before = {
  cents: null,
  capCents: null,
  children: new Map(),
  heard: [],
  runs: new Set(),
  stoppedBy: null,
};
const play = (events: Event[], turn: Turn = newTurn(ROOT, fresh)) => events.reduce(fold, turn);
const ids = (turn: Turn) => view(turn).pieces.map(({ id }) => id);

const running: Event = { type: 'session.status_running', id: 'sevt_run', at: AT };
const call = (id: string, asks = true): Event => ({
  type: 'agent.tool_use',
  id,
  at: AT,
  tool: { kind: 'built-in', name: 'bash', input: { command: id }, asks },
  childId: null,
});
const custom = (id: string): Event => ({
  type: 'agent.tool_use',
  id,
  at: AT,
  tool: { kind: 'custom', name: 'ask_user', input: {}, asks: true },
  childId: null,
});
const allowed = (toolUseId: string, at: string | null = AT): Event => ({
  type: 'user.tool_confirmation',
  at,
  toolUseId,
  result: 'allow',
});
const result = (toolUseId: string): Event => ({ type: 'agent.tool_result', at: AT, toolUseId, isError: false });
const waits: Event = { type: 'session.status_idle', id: 'sevt_idle', at: AT, reason: 'requires_action', eventIds: [] };
const message = (id: string): Event => ({ type: 'agent.message', id, at: AT, text: id });

/** The turn with every question asked. */
function askAll(turn: Turn): Turn {
  return questionsOf(turn).reduce((rest, subject) => {
    const key = keyOf(subject);
    return rest.standings.has(key) ? rest : stand(rest, key, asked(key));
  }, turn);
}

describe('cards', () => {
  it('stand below all the calls that came together, and then a way to decide them all at once', () => {
    const turn = askAll(play([running, message('m1'), call('t1'), call('t2', false), call('t3'), waits]));
    expect(ids(turn)).toEqual(['m1', 't1', 't2', 't3', 'q-t1', 'q-t3', 'batch:q-t3']);
    expect(view(turn).pieces.at(-1)).toMatchObject({ type: 'batch', cards: [{ id: 'q-t1' }, { id: 'q-t3' }] });
  });

  it('that come later make the way to decide them all at once another message, which stands below them again', () => {
    const two = askAll(play([running, call('t1'), call('t2')]));
    expect(ids(two).at(-1)).toBe('batch:q-t2');
    expect(ids(askAll(play([call('t3')], two))).at(-1)).toBe('batch:q-t3');
    const fewer = asked('t3', { card: cardFor('q-t3' as QuestionId, { state: 'closed' }) });
    expect(ids(stand(askAll(play([call('t3')], two)), 't3', fewer)).at(-1)).toBe('batch:q-t3');
  });

  it('stay where they are when more comes after the answers', () => {
    const before = askAll(play([running, call('t1'), call('t2'), waits]));
    const after = play([allowed('t1'), allowed('t2'), running, result('t1'), call('t3'), message('m1')], before);
    expect(ids(askAll(after)).filter((id) => !id.startsWith('batch'))).toEqual([
      ...['t1', 't2', 'q-t1', 'q-t2'],
      ...['t3', 'q-t3', 'm1'],
    ]);
  });

  it('of calls that are only answered here, and have no echo yet, hold later ones back', () => {
    const before = askAll(play([running, call('t1'), waits]));
    const answered = answer(before, 't1', 'allow');
    expect(ids(askAll(play([call('t2')], answered)))).toEqual(['t1', 't2', 'q-t1', 'q-t2', 'batch:q-t2']);
    expect(ids(askAll(play([allowed('t1', null), call('t2')], answered)))).toEqual(
      ids(askAll(play([running, call('t1'), call('t2')]))),
    );
    expect(ids(askAll(play([allowed('t1'), call('t2')], answered)))).toEqual(['t1', 'q-t1', 't2', 'q-t2']);
  });

  it('are not moved by a sentence that is said only for now: it stands below them', () => {
    const turn = askAll(play([running, call('t1'), waits]));
    const held = play([call('t2')], note(turn, 'held', { code: 'held', until: 'answer' }));
    const withHeld = ids(askAll(held));
    expect(withHeld).toEqual(['t1', 't2', 'q-t1', 'q-t2', 'batch:q-t2', 'held']);
    expect(ids(unnote(askAll(held), 'held'))).toEqual(withHeld.slice(0, -1));
  });

  it('are not there for what nobody is asked', () => {
    const turn = play([running, call('t1'), waits]);
    expect(ids(stand(turn, 't1', asked('t1', { card: null })))).toEqual(['t1']);
  });

  it('can be decided at once only while two or more tools are open', () => {
    const turn = askAll(play([running, call('t1'), call('t2'), custom('c1'), waits]));
    const form: CardBody = { type: 'form', question: 'Which?', form: { fields: [] }, buttons: null, person: 'U1' };
    const c1 = asked('c1', { card: cardFor('q-c1' as QuestionId, { body: form }) });
    const withForm = stand(turn, 'c1', c1);
    expect(view(withForm).pieces.at(-1)).toMatchObject({ type: 'batch', cards: [{ id: 'q-t1' }, { id: 'q-t2' }] });
    const decided = asked('t2', { card: cardFor('q-t2' as QuestionId, { state: 'sending' }) });
    expect(ids(stand(withForm, 't2', decided))).toEqual(['t1', 't2', 'c1', 'q-t1', 'q-t2', 'q-c1']);
  });

  it('of a budget stand where the turn met it', () => {
    const budget = { type: 'budget', scope: 'thread', occasion: 'sevt_cap', usedCents: 50, capCents: 50 } as const;
    const capped = askAll(cap(play([running, message('m1')]), budget));
    expect(ids(capped)).toEqual(['m1', 'q-sevt_cap']);
    expect(ids(play([running, message('m2')], capped))).toEqual(['m1', 'q-sevt_cap', 'm2']);
    expect(ids(cap(capped, budget))).toEqual(ids(capped));
  });
});

it('shows a turn as working while it waits for nothing but tools of ours', () => {
  const turn = play([running, custom('c1'), call('t1'), waits]);
  const busy = stand(turn, 'c1', asked('c1', { card: null, busy: true }));
  expect(view(askAll(busy)).phase).toBe('waiting');
  expect(view(fold(askAll(busy), allowed('t1'))).phase).toBe('working');
  expect(view(turn).phase).toBe('waiting');
});

it('says that a message is held for a tool while nothing but tools of ours is waited for', () => {
  const held = note(play([running, custom('c1'), waits]), 'held', { code: 'held', until: 'answer' });
  const notices = (turn: Turn) => view(turn).pieces.flatMap((piece) => (piece.type === 'notice' ? [piece.notice] : []));
  expect(notices(stand(held, 'c1', asked('c1')))).toEqual([{ code: 'held', until: 'answer' }]);
  expect(notices(stand(held, 'c1', asked('c1', { busy: true })))).toEqual([{ code: 'held', until: 'tool' }]);
});

/** Something that happens to a turn: an event of the history, or something only this process does. */
type Step = { event: Event } | { local: (turn: Turn) => Turn };

const HELD = { code: 'held', until: 'answer' } as const;

/** A history as it can be, with what a live process does in between. */
const histories = fc
  .array(
    fc.record({
      what: fc.constantFrom('call', 'text', 'settle', 'answer', 'echo', 'held', 'freed', 'error'),
      asks: fc.boolean(),
      pick: fc.nat(),
    }),
    { maxLength: 25 },
  )
  .map((plan) => {
    const open: string[] = [];
    const answered = new Set<string>();
    const steps: Step[] = [{ event: running }];
    plan.forEach(({ what, asks, pick }, index) => {
      const one = open[pick % Math.max(open.length, 1)];
      if (what === 'call') {
        if (asks) open.push(`t${index}`);
        steps.push({ event: call(`t${index}`, asks) });
      } else if (what === 'text') steps.push({ event: message(`m${index}`) });
      else if (what === 'held') steps.push({ local: (turn) => note(turn, 'held', HELD) });
      else if (what === 'freed') steps.push({ local: (turn) => unnote(turn, 'held') });
      else if (what === 'error') steps.push({ event: mcpFault(`e${index}`) });
      else if (one === undefined) return;
      else if (what === 'answer') steps.push({ local: (turn) => answer(turn, one, 'allow') });
      else if (what === 'echo') steps.push({ event: allowed(one, null) });
      else if (!answered.has(one)) {
        answered.add(one);
        steps.push({ event: pick % 2 === 0 ? allowed(one) : result(one) });
      }
    });
    return [...steps, { local: (turn: Turn) => unnote(turn, 'held') }];
  });

function mcpFault(id: string): Event {
  const error = { type: 'mcp_connection_failed_error', retry: 'retrying', subject: 'linear' } as const;
  return { type: 'session.error', id, at: AT, error };
}

it('has the same order when the history is folded again in one go', () =>
  fc.assert(
    fc.property(histories, (steps) => {
      const live = steps.reduce(
        (turn, step) => askAll('event' in step ? fold(turn, step.event) : step.local(turn)),
        newTurn(ROOT, fresh),
      );
      // A message that is queued is listed last, so that only its stamp has a place.
      const listed = steps.flatMap((step) => ('event' in step && !isQueued(step.event) ? [step.event] : []));
      expect(ids(askAll(play(listed)))).toEqual(ids(live));
    }),
    { numRuns: 2000 },
  ));

function isQueued(event: Event): boolean {
  return event.type === 'user.tool_confirmation' && event.at === null;
}

describe('a step that people did not want', () => {
  const failed: Event = { type: 'agent.tool_result', at: AT, toolUseId: 't1', isError: true };
  const denied: Event = { type: 'user.tool_confirmation', at: AT, toolUseId: 't1', result: 'deny' };
  const steps = (turn: Turn) => view(turn).pieces.flatMap((piece) => (piece.type === 'step' ? [piece.state] : []));
  const outcome = (result: 'denied' | 'declined' | 'expired' | 'approved') => ({
    result,
    by: [],
    at: 0,
    reason: null,
    detail: null,
    forThread: false,
  });

  it.each(['denied', 'declined', 'expired'] as const)('is %s, and did not fail', (result) => {
    const card = cardFor('q-t1' as QuestionId, { state: 'closed', outcome: outcome(result) });
    const turn = stand(play([running, call('t1'), waits]), 't1', asked('t1', { card }));
    expect(steps(turn)).toEqual(['waiting']);
    expect(steps(play([denied, failed], turn))).toEqual([result]);
  });

  it('is denied when only the policy was asked, and took no time', () => {
    const turn = stand(play([running, call('t1'), waits]), 't1', asked('t1', { card: null }));
    const [step] = view(play([denied, running, failed], turn)).pieces;
    expect(step).toMatchObject({ type: 'step', state: 'denied' });
    expect(step).not.toHaveProperty('tookMs');
  });

  it('has failed when they had allowed it', () => {
    const card = cardFor('q-t1' as QuestionId, { state: 'closed', outcome: outcome('approved') });
    const turn = stand(play([running, call('t1'), waits]), 't1', asked('t1', { card }));
    expect(steps(play([allowed('t1'), failed], turn))).toEqual(['failed']);
  });
});
