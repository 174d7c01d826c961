import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RowData } from '../../src/slack/reply/rows.ts';
import { projectSheets } from '../../src/slack/reply/sheets.ts';
import type { Event, ToolCall } from '../../src/thread/event.ts';
import { fold } from '../../src/thread/fold.ts';
import { changeBetween } from '../../src/thread/growth.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import { keepWaiting, newTurn, note, stand, type Turn } from '../../src/thread/turn.ts';
import { view } from '../../src/thread/turn-view.ts';
import { asked } from './standings.ts';

const NOTHING_STANDS: RowData = {
  posts: {},
  streams: {},
  reach: {},
  steps: {},
  own: [],
  joined: {},
  footed: false,
  fellBack: null,
  receipts: {},
};
const ROOT = '1700000000.000100' as SlackTs;
const at = '2026-11-01T10:00:00.000Z';
const start = () =>
  newTurn(ROOT, { cents: null, capCents: null, children: new Map(), heard: [], runs: new Set(), stoppedBy: null });
const play = (...events: Event[]) => events.reduce(fold, start());

const running: Event = { type: 'session.status_running', id: 'run', at };
const begins = (id: string): Event => ({ type: 'event_start', eventId: id });
const says = (id: string, text: string): Event => ({ type: 'event_delta', eventId: id, text });
const said = (id: string, text: string): Event => ({ type: 'agent.message', id, at, text });
const tool = (asks: boolean): ToolCall => ({ kind: 'built-in', name: 'bash', input: { command: 'ls' }, asks });
const uses = (id: string, asks = false): Event => ({ type: 'agent.tool_use', id, at, childId: null, tool: tool(asks) });
const ends = (toolUseId: string): Event => ({ type: 'agent.tool_result', toolUseId, at, isError: false });
const idle: Event = { type: 'session.status_idle', id: 'idle', at, reason: 'end_turn', eventIds: [] };

const TALKING = [running, uses('s1'), begins('e1'), says('e1', 'One')];

test.each<[string, Event[], Event[], string]>([
  ['a text that grows', TALKING, [says('e1', ' two')], 'words'],
  ['a step that ends below a text', [running, said('e1', 'Hi.'), uses('s1')], [ends('s1')], 'steps'],
  ['another step', [running, uses('s1')], [uses('s2')], 'steps'],
  ['a step and a text that only begins', [running, uses('s1')], [ends('s1'), begins('e1')], 'steps'],
  ['a step and words', TALKING, [ends('s1'), says('e1', ' two')], 'words'],
  ['a text that only begins', [running, uses('s1')], [begins('e1')], 'nothing'],
  ['what the model was asked', [running, uses('s1')], [{ type: 'span.model_request_end', at }], 'nothing'],
  ['what it has cost', [running, uses('s1')], [{ type: 'session.usage', at, cents: 3, capCents: null }], 'nothing'],
  ['the first words', [running, uses('s1'), begins('e1')], [says('e1', 'One')], 'news'],
  ['the first step', [running, said('e1', 'Hi.')], [uses('s1')], 'news'],
  ['a text that stands', TALKING, [said('e1', 'One two.')], 'news'],
  ['a text that is cut off', TALKING, [{ type: 'span.model_request_end', at }], 'news'],
  ['the end', [running, said('e1', 'Hi.')], [idle], 'news'],
])('%s', (_, before, more, change) => {
  const shown = play(...before);
  expect(changeBetween(shown, more.reduce(fold, shown))).toBe(change);
});

test.each<[string, (turn: Turn) => Turn]>([
  ['a notice', (turn) => note(turn, 'n1', { code: 'hello' })],
  ['a message that is held', (turn) => keepWaiting(turn, { ts: ROOT, author: 'U1' })],
  ['a card', (turn) => stand(turn, 's1', asked('s1'))],
  ['a step below a card', (turn) => fold(stand(turn, 's1', asked('s1')), uses('s2'))],
])('%s is news', (_, next) => {
  const shown = play(running, uses('s1', true));
  expect(changeBetween(shown, next(shown))).toBe('news');
});

const ID = fc.constantFrom('a', 'b', 'c');
const EVENT = fc.oneof(
  { weight: 4, arbitrary: ID.map((id) => uses(id)) },
  ID.map((id) => uses(`ask-${id}`, true)),
  { weight: 3, arbitrary: ID.map(ends) },
  ID.map(begins),
  { weight: 4, arbitrary: fc.tuple(ID, fc.constantFrom('', 'One. ', 'Two. ')).map(([id, text]) => says(id, text)) },
  ID.map((id) => said(id, 'One. Two. ')),
  fc.constantFrom<Event>(running, idle, { type: 'span.model_request_end', at }, { type: 'agent.thinking', at }),
);

test('what is no news changes nothing but what is under way', () => {
  const standing = (turn: Turn) => {
    const sheets = projectSheets(view(turn), { rows: NOTHING_STANDS, live: true });
    const last = sheets.at(-1);
    return {
      phase: view(turn).phase,
      receipts: view(turn).receipts,
      above: sheets.filter(({ active }) => !active).map(({ key, digest }) => [key, digest]),
      below: last?.active ? { key: last.key, digest: last.digest, said: last.work?.said } : null,
    };
  };
  fc.assert(
    fc.property(fc.array(fc.array(EVENT, { minLength: 1, maxLength: 3 }), { maxLength: 15 }), (looks) => {
      let turn = play(running);
      for (const events of looks) {
        const next = events.reduce(fold, turn);
        const change = changeBetween(turn, next);
        const [before, after] = [standing(turn), standing(next)];
        if (change === 'nothing') expect(after).toEqual(before);
        if (change !== 'news') expect({ ...after, below: null }).toEqual({ ...before, below: null });
        if (change === 'steps') expect(after.below?.said).toBe(before.below?.said);
        turn = next;
      }
    }),
    { numRuns: 1_000 },
  );
});
