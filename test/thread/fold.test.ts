import { describe, expect, it } from 'vitest';
import type { Event, ToolCall } from '../../src/thread/event.ts';
import { beginsTurn, fold } from '../../src/thread/fold.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import { type Before, loseTrack, mayGoOn, newTurn, note, type Turn } from '../../src/thread/turn.ts';
import { view } from '../../src/thread/turn-view.ts';
import type { NoticePiece, StepPiece, TextPiece } from '../../src/thread/view.ts';

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

const running: Event = { type: 'session.status_running', id: 'sevt_run', at: at(0) };
const heard: Event = { type: 'user.message', id: 'sevt_u', at: at(0), slackTs: ROOT, author: 'U1' };
const idle = (reason: Extract<Event, { type: 'session.status_idle' }>['reason'], second = 9): Event => ({
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
