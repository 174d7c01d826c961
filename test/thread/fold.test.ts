import { describe, expect, it } from 'vitest';
import type { Event, ToolCall } from '../../src/thread/event.ts';
import { answer, beginsTurn, endCapped, fold } from '../../src/thread/fold.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import type { BudgetSubject } from '../../src/thread/question.ts';
import {
  type Before,
  cap,
  close,
  isAboutToGoOn,
  isUnanswered,
  keepWaiting,
  loseTrack,
  markSent,
  mayGoOn,
  newTurn,
  note,
  questionsOf,
  stand,
  type Turn,
  uncap,
  writersOf,
} from '../../src/thread/turn.ts';
import { view } from '../../src/thread/turn-view.ts';
import type { NoticePiece, StepPiece, TextPiece } from '../../src/thread/view.ts';
import { asked } from './standings.ts';

const ROOT = '1700000000.000100' as SlackTs;
const STEER = '1700000005.000200' as SlackTs;
const at = (second: number) => new Date(Date.UTC(2026, 10, 1, 10, 0, second)).toISOString();
const fresh: Before = {
  cents: null,
  capCents: null,
  children: new Map(),
  heard: [],
  runs: new Set(),
  stoppedBy: null,
};
const start = () => newTurn(ROOT, fresh);
const play = (events: Event[], turn: Turn = start()) => events.reduce(fold, turn);

type Idle = Extract<Event, { type: 'session.status_idle' }>;

const running: Event = { type: 'session.status_running', id: 'sevt_run', at: at(0) };
const heard: Event = { type: 'user.message', id: 'sevt_u', at: at(0), slackTs: ROOT, author: 'U1' };
const idle = (reason: Idle['reason'], second = 9): Event => ({
  type: 'session.status_idle',
  id: `sevt_idle${second}`,
  at: at(second),
  reason,
  eventIds: [],
});
const bash = (asks: boolean): ToolCall => ({ kind: 'built-in', name: 'bash', input: { command: 'npm test' }, asks });
const texts = (turn: Turn) => turn.pieces.filter((piece): piece is TextPiece => piece.type === 'text');
const steps = (turn: Turn) => turn.pieces.filter((piece): piece is StepPiece => piece.type === 'step');
const notices = (turn: Turn) =>
  turn.pieces.filter((piece): piece is NoticePiece => piece.type === 'notice').map((piece) => piece.notice);

describe('one turn', () => {
  it('grows text from the first delta and lets the final message replace it', () => {
    const previewed = play([
      running,
      { type: 'event_start', eventId: 'm1' },
      { type: 'event_delta', eventId: 'm1', text: 'Hel' },
      { type: 'event_delta', eventId: 'm1', text: 'lo' },
    ]);
    expect(texts(previewed)).toEqual([{ type: 'text', id: 'm1', text: 'Hello', state: 'preview' }]);
    const final = fold(previewed, { type: 'agent.message', id: 'm1', at: at(2), text: 'Hello there' });
    expect(texts(final)).toEqual([{ type: 'text', id: 'm1', text: 'Hello there', state: 'final' }]);
  });

  it('keeps text and tool calls in the order they happened, each call with its state and time', () => {
    const turn = play([
      heard,
      running,
      { type: 'agent.message', id: 'm1', at: at(1), text: 'Let me look.' },
      { type: 'agent.tool_use', id: 't1', at: at(2), tool: bash(false), childId: null },
      { type: 'agent.tool_result', at: at(5), toolUseId: 't1', isError: false },
      { type: 'agent.tool_use', id: 't2', at: at(5), tool: bash(false), childId: null },
      { type: 'agent.tool_result', at: at(6), toolUseId: 't2', isError: true },
      { type: 'agent.message', id: 'm2', at: at(8), text: 'Done.' },
      { type: 'session.usage', at: at(9), cents: 37, capCents: null },
      idle('end_turn'),
    ]);
    expect(turn.pieces.map((piece) => piece.id)).toEqual(['m1', 't1', 't2', 'm2']);
    expect(steps(turn)).toEqual([
      { type: 'step', id: 't1', title: 'bash · npm test', state: 'done', tookMs: 3000 },
      { type: 'step', id: 't2', title: 'bash · npm test', state: 'failed', tookMs: 1000 },
    ]);
    expect(view(turn)).toMatchObject({ phase: 'ended', footer: { tookMs: 9000, tools: 2, cents: 37 } });
  });

  it('keeps the input of a call that is asked about, and of another only which files it writes', () => {
    const command = 'python plot.py > /mnt/session/outputs/chart.png';
    const tool = { kind: 'built-in' as const, name: 'bash', input: { command }, asks: true };
    const used = (asks: boolean): Event => ({
      type: 'agent.tool_use',
      id: `asks ${asks}`,
      at: at(1),
      tool: { ...tool, asks },
      childId: null,
    });
    const { calls } = play([used(true), used(false)]);
    expect([...calls.values()]).toMatchObject([
      { asked: tool, writes: ['chart.png'] },
      { asked: null, writes: ['chart.png'] },
    ]);
  });

  it('counts the time a call ran, not the time it waited for people, and says which were denied', () => {
    const confirm = (toolUseId: string, second: number, result: 'allow' | 'deny'): Event => ({
      type: 'user.tool_confirmation',
      at: at(second),
      toolUseId,
      result,
    });
    const events: Event[] = [
      heard,
      running,
      { type: 'agent.tool_use', id: 't1', at: at(1), tool: bash(true), childId: null },
      { type: 'agent.tool_use', id: 't2', at: at(1), tool: bash(true), childId: null },
      { type: 'agent.tool_use', id: 't3', at: at(1), tool: bash(true), childId: 'child' },
      idle('requires_action', 1),
      confirm('t1', 20, 'allow'),
      confirm('t2', 30, 'deny'),
      { type: 'session.status_running', id: 'again', at: at(30) },
      { type: 'agent.tool_result', at: at(32), toolUseId: 't1', isError: false },
      { type: 'agent.tool_result', at: at(32), toolUseId: 't2', isError: true },
      confirm('t3', 40, 'allow'),
      { type: 'agent.tool_result', at: at(45), toolUseId: 't3', isError: true },
    ];
    const once = steps(play(events));
    expect(once.map(({ state, tookMs }) => [state, tookMs])).toEqual([
      ['done', 2000],
      ['denied', undefined],
      ['failed', 5000],
    ]);
    expect(steps(play(events, play(events)))).toEqual(once);
  });

  it('does not count the time that people took, however often its history is read', () => {
    const confirmed: Event = { type: 'user.tool_confirmation', at: at(50), toolUseId: 't1', result: 'allow' };
    const ended: Event[] = [
      running,
      { type: 'agent.tool_use', id: 't1', at: at(2), tool: bash(true), childId: null },
      { type: 'agent.tool_use', id: 't2', at: at(2), tool: bash(true), childId: null },
      idle('requires_action', 2),
      { ...confirmed, at: at(20) },
      idle('requires_action', 20),
      { ...confirmed, toolUseId: 't2' },
      { type: 'session.status_running', id: 'again', at: at(50) },
      { type: 'agent.tool_result', at: at(52), toolUseId: 't1', isError: false },
      idle('end_turn', 55),
    ];
    const footer = (turn: Turn) => view(stand(turn, 't2', asked('t2'))).footer;
    const once = play(ended);
    expect(footer(once)).toMatchObject({ tookMs: 7_000 });
    expect(footer(play(ended, once))).toMatchObject({ tookMs: 7_000 });
    // A tool of ours that nobody was asked about is work.
    expect(view(stand(once, 't1', asked('t1', { card: null }))).footer).toMatchObject({ tookMs: 55_000 });
    const stopped = play([...ended.slice(0, 4), { type: 'user.interrupt', at: at(30) }, idle('end_turn', 30)]);
    expect(footer(stopped)).toMatchObject({ tookMs: 2_000 });
  });

  it('says that a call was stopped, also where the history tells of the interrupt only after its result', () => {
    const events: Event[] = [
      running,
      { type: 'agent.tool_use', id: 't1', at: at(1), tool: bash(true), childId: null },
      idle('requires_action', 1),
      { type: 'agent.tool_result', at: at(3), toolUseId: 't1', isError: true },
      { type: 'user.interrupt', at: at(3) },
      idle('end_turn', 3),
    ];
    const once = play(events);
    expect(steps(once)).toMatchObject([{ state: 'stopped' }]);
    expect(steps(play(events, once))).toMatchObject([{ state: 'stopped' }]);
  });

  it('counts only its own cost when the session had cost something before', () => {
    const before = { ...start(), cents: 30 };
    const turn = play(
      [running, { type: 'session.usage', at: at(1), cents: 42, capCents: null }, idle('end_turn')],
      newTurn('x', before),
    );
    expect(view(turn).footer?.cents).toBe(12);
  });

  it('is the same when history and stream tell the same thing twice', () => {
    const events: Event[] = [
      heard,
      running,
      { type: 'agent.tool_use', id: 't1', at: at(2), tool: bash(false), childId: null },
      { type: 'agent.tool_result', at: at(5), toolUseId: 't1', isError: false },
      { type: 'agent.message', id: 'm1', at: at(6), text: 'Done.' },
      idle('end_turn'),
    ];
    const once = view(play(events));
    expect(view(play(events, play(events)))).toEqual(once);
  });
});

describe('previews', () => {
  it('ignores the deltas of a message whose beginning was missed, and shows its final', () => {
    const joined = play([running, { type: 'event_delta', eventId: 'm1', text: 'middle' }]);
    expect(texts(joined)).toEqual([]);
    expect(texts(fold(joined, { type: 'agent.message', id: 'm1', at: at(1), text: 'All of it' }))).toMatchObject([
      { text: 'All of it', state: 'final' },
    ]);
  });

  it('does not let a preview grow across a gap in the stream', () => {
    const turn = play([
      running,
      { type: 'event_start', eventId: 'm1' },
      { type: 'event_delta', eventId: 'm1', text: 'One' },
    ]);
    const after = play([{ type: 'event_delta', eventId: 'm1', text: 'Three' }], loseTrack(turn));
    expect(texts(after)).toMatchObject([{ text: 'One' }]);
  });

  it('keeps what was heard of a message that never came to its end, and drops an empty one', () => {
    const turn = play([
      running,
      { type: 'event_start', eventId: 'm0' },
      { type: 'event_start', eventId: 'm1' },
      { type: 'event_delta', eventId: 'm1', text: 'Half' },
      { type: 'span.model_request_end', at: at(1) },
    ]);
    expect(texts(turn)).toEqual([{ type: 'text', id: 'm1', text: 'Half', state: 'cut' }]);
  });
});

describe('how a turn ends', () => {
  it.each([
    ['retries_exhausted', 'failed'],
    ['refusal', 'refusal'],
    ['other', 'ended-oddly'],
  ] as const)('tells %s apart', (reason, code) => {
    const turn = play([running, idle(reason)]);
    expect(turn.phase).toBe('ended');
    expect(notices(turn)).toMatchObject([{ code }]);
  });

  it('says nothing after an ordinary end, and who stopped it after an interrupt', () => {
    expect(notices(play([running, idle('end_turn')]))).toEqual([]);
    const stopped = play([running, { type: 'user.interrupt', at: at(1) }, idle('end_turn')], {
      ...start(),
      stoppedBy: 'U1',
    });
    expect(notices(stopped)).toEqual([{ code: 'stopped', by: 'U1' }]);
  });

  it('names the fault that exhausted the retries', () => {
    const turn = play([
      running,
      { type: 'session.error', id: 'e1', at: at(1), error: { type: 'model_overloaded_error', retry: 'exhausted' } },
      idle('retries_exhausted'),
    ]);
    expect(notices(turn)).toEqual([{ code: 'failed', fault: 'model_overloaded_error' }]);
  });

  it('does not end at a retrying error or a reschedule, and works again at the next sign of life', () => {
    const retrying = play([
      running,
      { type: 'session.error', id: 'e1', at: at(1), error: { type: 'model_overloaded_error', retry: 'retrying' } },
    ]);
    expect(retrying.phase).toBe('retrying');
    expect(play([running, { type: 'session.status_rescheduled', at: at(1) }]).phase).toBe('retrying');
    expect(fold(retrying, { type: 'agent.thinking', at: at(2) }).phase).toBe('working');
    expect(notices(retrying)).toEqual([]);
  });

  it('tells of an MCP server or repository that failed without ending anything', () => {
    const turn = play([
      running,
      {
        type: 'session.error',
        id: 'e1',
        at: at(1),
        error: { type: 'mcp_authentication_failed_error', retry: 'retrying', subject: 'linear' },
      },
    ]);
    expect(turn.phase).toBe('working');
    expect(notices(turn)).toEqual([{ code: 'mcp-failed', server: 'linear', auth: true }]);
  });

  it('is terminated with its session', () => {
    const turn = play([running, { type: 'session.status_terminated', id: 's1', at: at(2) }]);
    expect(turn).toMatchObject({ phase: 'ended', ending: 'terminated' });
    expect(play([running, { type: 'session.deleted' }])).toMatchObject({ phase: 'ended', ending: 'terminated' });
  });

  it('stops steps that never got a result', () => {
    const turn = play([
      running,
      { type: 'agent.tool_use', id: 't1', at: at(1), tool: bash(false), childId: null },
      idle('end_turn'),
    ]);
    expect(steps(turn)).toMatchObject([{ state: 'stopped' }]);
  });
});

describe('waiting for people', () => {
  const asked = play([
    running,
    { type: 'agent.tool_use', id: 't1', at: at(1), tool: bash(true), childId: null },
    idle('requires_action', 2),
  ]);

  it('finds the question by the call itself, not by the list of ids', () => {
    expect(asked.phase).toBe('waiting');
    expect(steps(asked)).toMatchObject([{ state: 'waiting' }]);
    expect(notices(asked)).toEqual([]);
  });

  it('forgets what it held back when the question ends with the turn', () => {
    const held = note(asked, 'held', { code: 'held', until: 'answer' });
    expect(notices(play([idle('end_turn')], held))).toEqual([]);
  });

  it('goes on in the same turn once it is answered, without the notice', () => {
    const answered = play(
      [
        { type: 'user.tool_confirmation', at: at(3), toolUseId: 't1', result: 'allow' },
        { ...running, at: at(3) } as Event,
      ],
      asked,
    );
    expect(answered.phase).toBe('working');
    expect(notices(answered)).toEqual([]);
    expect(steps(answered)).toMatchObject([{ state: 'running' }]);
  });

  it('takes the answer to a custom tool as its result', () => {
    const custom: ToolCall = { kind: 'custom', name: 'ask_user', input: { question: 'Which?' }, asks: true };
    const turn = play([
      running,
      { type: 'agent.tool_use', id: 'c1', at: at(1), tool: custom, childId: null },
      { type: 'user.custom_tool_result', at: at(2), toolUseId: 'c1', isError: false },
    ]);
    expect(steps(turn)).toMatchObject([{ title: 'ask user · Which?', state: 'done' }]);
  });
});

describe('receipts', () => {
  it('shows a steering message as queued until it is stamped, and never the message that began the turn', () => {
    const queued = play([heard, running, { type: 'user.message', id: 'u2', at: null, slackTs: STEER, author: 'U2' }]);
    expect(view(queued).receipts).toEqual([{ ts: STEER, author: 'U2', state: 'queued' }]);
    expect(mayGoOn(queued)).toBe(true);
    const seen = fold(queued, { type: 'user.message', id: 'u2', at: at(4), slackTs: STEER, author: 'U2' });
    expect(view(seen).receipts).toEqual([{ ts: STEER, author: 'U2', state: 'seen' }]);
    expect(mayGoOn(seen)).toBe(false);
  });

  it('tells how far the agent had come when it took a message up', () => {
    const steer = { type: 'user.message' as const, id: 'u2', slackTs: STEER, author: 'U2' };
    const queued = play([heard, running, { ...steer, at: null }]);
    const tool: ToolCall = { kind: 'built-in', name: 'bash', input: {}, asks: false };
    const later = fold(queued, { type: 'agent.tool_use', id: 'c1', at: at(4), tool, childId: null });
    const seen = fold(later, { ...steer, at: at(5) });
    expect(view(seen).receipts).toEqual([{ ts: STEER, author: 'U2', state: 'seen', after: 'c1' }]);
  });

  it('shows a message that is held as queued until it is sent or the turn ends', () => {
    const held = keepWaiting(play([heard, running]), { ts: STEER, author: 'U2' });
    const receipt = { ts: STEER, author: 'U2', state: 'queued' };
    expect(view(keepWaiting(held, { ts: STEER, author: 'U2' })).receipts).toEqual([receipt]);
    expect(view(markSent(held, { ts: STEER, author: 'U2' })).receipts).toEqual([receipt]);
    expect(view(close(held)).receipts).toEqual([]);
  });

  it('carries a message that is still queued into the next turn', () => {
    const queued = play([
      running,
      { type: 'user.message', id: 'u2', at: null, slackTs: STEER, author: 'U2' },
      idle('end_turn'),
    ]);
    const again: Event = { ...running, id: 'sevt_run2' } as Event;
    expect(beginsTurn(queued, again)).toBe(true);
    expect(newTurn('sevt_run2', queued).heard).toEqual([{ ts: STEER, author: 'U2', state: 'queued' }]);
  });

  it('takes an older message that never left the queue for flushed, not for work to wait for', () => {
    const turn = play([
      { type: 'user.message', id: 'u0', at: null, slackTs: '1690000000.000100' as SlackTs, author: 'U1' },
      running,
    ]);
    expect(mayGoOn(turn)).toBe(false);
  });

  it('takes no notice of messages that did not come from Slack', () => {
    expect(play([{ type: 'user.message', id: 'u9', at: at(1), slackTs: null, author: null }]).heard).toEqual([]);
  });
});

describe('what the session begins by itself after a stop', () => {
  const stopped = play([running, { type: 'user.interrupt', at: at(1) }, idle('end_turn')], {
    ...start(),
    stoppedBy: 'U1',
  });
  const next = newTurn('sevt_run2', stopped);

  it('is not shown when it was stopped before anything came of it', () => {
    const turn = play(
      [
        running,
        { type: 'event_start', eventId: 'm9' },
        { type: 'event_delta', eventId: 'm9', text: 'Hel' },
        { type: 'user.interrupt', at: at(1) },
        idle('end_turn'),
      ],
      next,
    );
    expect(view(turn)).toEqual({ phase: 'ended', pieces: [], receipts: [] });
  });

  it('is shown when it was quicker than the stop, so that nothing complete is lost', () => {
    const turn = play(
      [running, { type: 'agent.message', id: 'm9', at: at(1), text: 'All of it.' }, idle('end_turn')],
      next,
    );
    expect(view(turn)).toMatchObject({ phase: 'ended', pieces: [{ text: 'All of it.' }], footer: {} });
  });
});

it('waits for open workflow runs, which may begin a turn by themselves', () => {
  const open = play([running, { type: 'workflow_run.created', at: at(1), runId: 'w1' }, idle('end_turn')]);
  expect(mayGoOn(open)).toBe(true);
  expect(mayGoOn(fold(open, { type: 'workflow_run.status_ended', at: at(20), runId: 'w1' }))).toBe(false);
});

describe('what came too early or too late', () => {
  it('does not take an interrupt from before it ran for its own', () => {
    const turn = play([{ type: 'user.interrupt', at: at(0) }, running, idle('end_turn')]);
    expect(notices(turn)).toEqual([]);
  });

  it('forgets at its end that the session was out of reach', () => {
    const lost = note(play([running]), 'unreachable', { code: 'unreachable', retryInMs: 15_000 });
    expect(notices(play([idle('end_turn')], lost))).toEqual([]);
  });
});

describe('questions', () => {
  const question = (id: string, childId: string | null = null): Event => ({
    type: 'agent.tool_use',
    id,
    at: at(1),
    tool: bash(true),
    childId,
  });
  const requiresAction = (eventIds: string[]): Event => ({ ...(idle('requires_action', 2) as Idle), eventIds });

  it('are found among the calls, however few of them an idle lists', () => {
    const asked = play([running, ...['t1', 't2', 't3', 't4', 't5', 't6', 't7'].map((id) => question(id))]);
    const windowed = play([requiresAction(['t1', 't2', 't3', 't4', 't5'])], asked);
    expect(questionsOf(windowed)).toHaveLength(7);
    expect(notices(windowed)).toEqual([]);
    expect(notices(play([requiresAction([])], asked))).toEqual([]);
  });

  it('that we know nothing of are told as something the session waits for, until it goes on', () => {
    const turn = play([running, requiresAction(['t9'])]);
    expect(notices(turn)).toEqual([{ code: 'waiting' }]);
    expect(isAboutToGoOn(turn)).toBe(false);
    expect(notices(play([running, requiresAction([])]))).toEqual([{ code: 'waiting' }]);
    expect(notices(fold(turn, running))).toEqual([]);
  });

  it('leave the session about to go on once the last of them has an answer', () => {
    const turn = play([running, question('t1'), question('t2'), requiresAction(['t1', 't2'])]);
    expect(isAboutToGoOn(turn)).toBe(false);
    const one = answer(turn, 't1', 'allow');
    expect(isAboutToGoOn(one)).toBe(false);
    const both = answer(one, 't2', 'deny');
    expect(isAboutToGoOn(both)).toBe(true);
    expect(steps(both)).toMatchObject([{ state: 'running' }, { state: 'running' }]);
  });

  it('keep their first answer', () => {
    const turn = play([
      running,
      question('t1'),
      { type: 'user.tool_confirmation', at: at(2), toolUseId: 't1', result: 'deny' },
      { type: 'user.tool_confirmation', at: at(3), toolUseId: 't1', result: 'allow' },
      { type: 'agent.tool_result', at: at(4), toolUseId: 't1', isError: true },
    ]);
    expect(turn.calls.get('t1')).toMatchObject({ answer: 'deny' });
  });

  it('are closed by a result that comes without an answer', () => {
    const turn = play([
      running,
      question('t1'),
      requiresAction(['t1']),
      { type: 'user.interrupt', at: at(3) },
      { type: 'agent.tool_result', at: at(3), toolUseId: 't1', isError: true },
      idle('end_turn'),
    ]);
    expect(turn.calls.get('t1')).toMatchObject({ answer: 'closed' });
    expect(steps(turn)).toMatchObject([{ state: 'stopped' }]);
    expect(notices(turn)).toEqual([{ code: 'stopped', by: null }]);
  });

  it('of another agent thread carry its name, and are closed with it', () => {
    const asked = play([
      running,
      { type: 'session.thread_created', at: at(0), childId: 'sthr_1', name: 'deployer' },
      question('t1', 'sthr_1'),
      question('t2', 'sthr_2'),
      question('t3'),
    ]);
    expect(asked.phase).toBe('working');
    expect(questionsOf(asked)).toMatchObject([{ child: 'deployer' }, { child: 'another agent' }, { child: null }]);
    const closed = fold(asked, { type: 'session.thread_status_terminated', at: at(3), childId: 'sthr_1' });
    expect([...closed.calls.values()].map((call) => call.answer)).toEqual(['closed', 'none', 'none']);
    expect(steps(closed)).toMatchObject([{ state: 'stopped' }, { state: 'waiting' }, { state: 'waiting' }]);
  });

  it('keep the names of agent threads into the next turn', () => {
    const turn = play([
      running,
      { type: 'session.thread_created', at: at(0), childId: 'sthr_1', name: 'deployer' },
      idle('end_turn'),
    ]);
    expect(questionsOf(play([running, question('t1', 'sthr_1')], newTurn('x', turn)))).toMatchObject([
      { child: 'deployer' },
    ]);
  });
});

describe('a budget that is used up', () => {
  const usage: Event = { type: 'session.usage', at: at(8), cents: 53, capCents: 50 };
  const capped = play([running, usage, idle('budget_reached')]);
  const subject: BudgetSubject = {
    type: 'budget',
    scope: 'thread',
    occasion: 'sevt_idle9',
    usedCents: 53,
    capCents: 50,
  };

  it('is waited for, with what was used', () => {
    expect(capped).toMatchObject({ phase: 'waiting', ending: null, capped: 'sevt_idle9' });
    expect(questionsOf(capped)).toEqual([subject]);
    expect(questionsOf(capped).every((one) => isUnanswered(capped, one))).toBe(true);
  });

  it('is no question any more when the session goes on', () => {
    const on = play([{ ...running, at: at(20) } as Event], capped);
    expect(on).toMatchObject({ phase: 'working', capped: null });
    expect(questionsOf(on)).toEqual([subject]);
    expect(questionsOf(on).some((one) => isUnanswered(on, one))).toBe(false);
  });

  it('ends the turn when it is left as it is', () => {
    const left = endCapped(capped);
    expect(left).toMatchObject({ phase: 'ended', ending: 'budget_reached', endedAt: at(9) });
    expect(notices(left)).toEqual([{ code: 'budget-reached' }]);
    expect(endCapped(uncap(capped)).phase).toBe('waiting');
  });

  it('makes the session go on by itself when it is raised', () => {
    const raised = uncap(capped);
    expect(raised.phase).toBe('waiting');
    expect(isAboutToGoOn(raised)).toBe(true);
    expect(uncap(cap(start(), subject)).phase).toBe('starting');
  });

  it('keeps the cap for the turns after it', () => {
    expect(newTurn('x', capped).capCents).toBe(50);
  });
});

it('names the people whose messages a turn has, once each and in order', () => {
  const said = (id: string, author: string | null, slackTs: string): Event => {
    return { type: 'user.message', id, at: at(1), slackTs: slackTs as SlackTs, author };
  };
  const turn = play([
    said('u1', 'U1', ROOT),
    said('u2', 'U2', '1700000006.000100'),
    said('u3', 'U1', '1700000007.000100'),
    said('u4', null, '1700000008.000100'),
  ]);
  expect(writersOf(turn)).toEqual(['U1', 'U2']);
});

it('says that a request was cancelled, not stopped, when a message was sent instead', () => {
  const interrupt: Event = { type: 'user.interrupt', at: at(3) };
  const released = play([interrupt, idle('end_turn')], { ...play([running]), cancelledBy: 'U2' });
  expect(notices(released)).toEqual([{ code: 'cancelled', by: 'U2' }]);
  const queued: Event = { type: 'user.message', id: 'u2', at: null, slackTs: STEER, author: 'U2' };
  expect(notices(play([running, interrupt, queued, idle('end_turn')]))).toEqual([{ code: 'cancelled', by: null }]);
});
