import { expect, it } from 'vitest';
import { fold } from '../../src/thread/fold.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import type { Reply, ThreadRecord } from '../../src/thread/ports.ts';
import { createStage, FRESH_RECORD } from '../../src/thread/stage.ts';
import { type Ending, markSent } from '../../src/thread/turn.ts';
import { view } from '../../src/thread/turn-view.ts';

const ROOT = '1700000000.000100' as SlackTs;
const NEXT = '1700000005.000200' as SlackTs;
const THREAD = threadId({ team: 'T1', channel: 'C1', root: ROOT });
const REPLY: Reply = {
  show: () => {},
  grow: () => {},
  settled: async () => {},
  pause: async () => {},
  letGo: () => {},
};

/** The record after a turn has ended while `NEXT` was queued in the session, and after the run. */
async function recordsAfter(ending: Ending) {
  const saved: ThreadRecord[] = [];
  const threads = {
    load: async () => undefined,
    save: async (_: unknown, record: ThreadRecord) => void saved.push(record),
    async *unfinished() {},
    async *parked() {},
  };
  const stage = createStage({ thread: THREAD, record: FRESH_RECORD, threads, replies: { open: () => REPLY } });
  stage.begin(ROOT, { user: 'U1', team: 'T1' });
  stage.change((turn) => ({
    ...markSent(markSent(turn, { ts: ROOT, author: 'U1' }), { ts: NEXT, author: 'U2' }),
    phase: 'ended',
    ending,
  }));
  await stage.finish();
  const finished = saved.at(-1);
  await stage.rest();
  return { finished: finished?.turn, rested: saved.at(-1)?.turn };
}

it('remembers that a message still queued will begin a turn, until it is not waited for any more', async () => {
  expect(await recordsAfter('end_turn')).toEqual({ finished: `${NEXT}+`, rested: null });
});

it('shows the message that another process finds queued as seen, when it begins a turn', async () => {
  const stage = createStage({
    thread: THREAD,
    record: { ...FRESH_RECORD, turn: (await recordsAfter('end_turn')).finished ?? null },
    threads: { load: async () => undefined, save: async () => {}, async *unfinished() {}, async *parked() {} },
    replies: { open: () => REPLY },
  });
  stage.change((turn) => markSent(turn, { ts: NEXT, author: 'U2' }));
  expect(view(stage.turn()).receipts).toMatchObject([{ ts: NEXT }]);
});

it.each(['retries_exhausted', 'terminated'] as const)('waits for nothing when a turn ends as %s', async (ending) => {
  expect(await recordsAfter(ending)).toEqual({ finished: null, rested: null });
});

it('says again, in its place, what only it knows when another process takes over', async () => {
  let record: ThreadRecord = FRESH_RECORD;
  const threads = {
    load: async () => undefined,
    save: async (_: unknown, saved: ThreadRecord) => {
      record = saved;
    },
    async *unfinished() {},
    async *parked() {},
  };
  const open = () => createStage({ thread: THREAD, record, threads, replies: { open: () => REPLY } });
  const say = (stage: ReturnType<typeof open>, id: string) =>
    stage.change((turn) => fold(turn, { type: 'agent.message', id, at: '2026-01-01T00:00:00Z', text: id }));

  const before = open();
  before.begin(ROOT, { user: 'U1', team: 'T1' });
  await before.tell('first', { code: 'hello' });
  say(before, 'one');
  await before.tell('second', { code: 'context-cut', leftOut: 1 });
  await before.tell('third', { code: 'hello' });
  await before.tell('first', { code: 'context-cut', leftOut: 2 });
  say(before, 'two');

  const after = open();
  say(after, 'one');
  say(after, 'two');
  after.catchUp();
  expect(after.turn().pieces).toEqual(before.turn().pieces);
  expect(after.turn().pieces.map(({ id }) => id)).toEqual(['first', 'one', 'second', 'third', 'two']);

  after.begin(NEXT, { user: 'U1', team: 'T1' });
  await after.remember();
  expect(record.notes).toEqual([]);
});

it('shows a turn once, however often it is looked at', () => {
  let shows = 0;
  const reply: Reply = { ...REPLY, show: () => void shows++ };
  const threads = { load: async () => undefined, save: async () => {}, async *unfinished() {}, async *parked() {} };
  const stage = createStage({ thread: THREAD, record: FRESH_RECORD, threads, replies: { open: () => reply } });
  stage.begin(ROOT, { user: 'U1', team: 'T1' });
  for (let event = 0; event < 10; event += 1) {
    stage.change((turn) => fold(turn, { type: 'ignored', name: 'span.model_request_start' }));
    stage.show();
  }
  expect(shows).toBe(1);
  stage.change((turn) => fold(turn, { type: 'agent.message', id: 'e1', at: '2026-01-01T00:00:00Z', text: 'Hello.' }));
  stage.show();
  expect(shows).toBe(2);
});
