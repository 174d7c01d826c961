import { pino } from 'pino';
import { createEmbeddedDispatcher } from '../../src/dispatch/embedded.ts';
import type { Absence } from '../../src/thread/attendance.ts';
import { createConductor } from '../../src/thread/conduct.ts';
import { createLineages } from '../../src/thread/files/lineage.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import type { Input, MessageInput } from '../../src/thread/input.ts';
import type { Conversation, Replies } from '../../src/thread/ports.ts';
import type { Card, Choice, Ruling } from '../../src/thread/question.ts';
import { createReconciler, type Reconciler } from '../../src/thread/reconcile.ts';
import type { Notice, View } from '../../src/thread/view.ts';
import { type Rig as GateRig, type RigOptions, startRig, THREAD } from '../gate/rig.ts';
import { eventually } from '../sessions/rig.ts';
import { type ScriptedSession, scriptSession } from './scripted-session.ts';

/** The real conductor, gate, store and dispatcher around a scripted session, with what people see in memory. */
export interface Hall {
  agent: ScriptedSession;
  gate: GateRig;
  says(text: string, by?: string): Promise<void>;
  stops(by?: string): Promise<void>;
  releases(by?: string): Promise<void>;
  chooses(what: 'answer' | 'skip', by?: string): Promise<void>;
  /** Time passes in which nobody is there, and then another process takes over. */
  away(ms: number): Promise<void>;
  /** The newest view of the newest turn, or of the one before it. */
  view(back?: number): View;
  cards(): Card[];
  notices(): Notice[];
  decide(card: Card | undefined, by: string, choice: Choice): Promise<Ruling>;
  /** Waits until no run is under way: the thread is parked or done. */
  parked(): Promise<void>;
  /** The process ends and another takes over, with nothing but the store. */
  restart(meanwhile?: () => void): Promise<void>;
  stop(): Promise<void>;
}

export async function openHall(options: RigOptions = {}): Promise<Hall> {
  const log = pino({ level: 'silent' });
  const agent = scriptSession();
  const views = new Map<string, View>();
  let count = 0;
  let absence: Absence | null = null;
  let dispatcher: ReturnType<typeof createEmbeddedDispatcher>;
  let reconciler: Reconciler;
  const gate = await startRig({ ...options, onWake: (thread) => dispatcher.wake(thread) });
  const { clock, store } = gate;

  const replies: Replies = {
    open: (_, { turn }) => ({
      show: (view) => void views.set(turn, view),
      grow: (_, view) => void views.set(turn, view()),
      settled: async () => {},
      pause: async () => {},
      letGo: () => {},
    }),
    refuse: () => {},
  };
  const conversation: Conversation = {
    read: async ({ ts, author, text }: MessageInput) => ({
      marker: { ts, author: { id: author, name: author }, place: '#ops' },
      text,
    }),
    soFar: async () => null,
  };

  async function begin(): Promise<void> {
    dispatcher = createEmbeddedDispatcher({ schedule: store.schedule, clock, log });
    const { inbox, threads } = store;
    dispatcher.start((thread, run) =>
      createConductor({
        ...{ inbox, threads, conversation, replies, dispatcher, clock, log },
        sessions: agent.sessions,
        attendance: {
          missedMs: (since) => (absence && since < absence.to ? absence.to - Math.max(absence.from, since) : 0),
          last: () => absence,
        },
        directory: { person: async (id) => ({ id, name: id, standing: 'member' }) },
        late: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
        gate: gate.gate,
        incoming: {
          arrived: async () => [],
          mount: async () => [],
          given: async () => [],
          mend: async () => false,
          mounted: async () => {},
          forget() {},
          stop: async () => {},
        },
        outgoing: { post: async () => [], prepare: async () => {} },
        lineages: createLineages(store.files),
        sightings: store.sightings,
      })(thread, run),
    );
    for await (const thread of threads.unfinished()) dispatcher.wake(thread);
    for await (const thread of inbox.waiting()) dispatcher.wake(thread);
    const { sightings } = store;
    reconciler = createReconciler({ sessions: agent.sessions, threads, sightings, dispatcher, clock, log });
    reconciler.start();
  }
  await begin();
  // What waits for moments goes on by itself; minutes are the test's to advance.
  const ticking = setInterval(() => clock.advance(20), 5);

  async function add(input: Record<string, unknown>): Promise<void> {
    count += 1;
    const ts = `${Math.floor(clock.now() / 1000) + count}.000100` as SlackTs;
    await store.inbox.add({ thread: THREAD, ts, ...input } as unknown as Input);
    dispatcher.wake(THREAD);
  }

  const view = (back = 0) => {
    const found = [...views.values()].at(-1 - back);
    if (!found) throw new Error('nothing is shown yet');
    return found;
  };

  const hall: Hall = {
    agent,
    gate,
    says: (text, by = 'U1') => add({ type: 'message', author: by, authorTeam: 'T1', text, files: [], addressed: true }),
    stops: (by = 'U1') => add({ type: 'stop', by, said: true }),
    releases: (by = 'U1') => add({ type: 'release', by }),
    chooses: (what, by = 'U1') => add({ type: 'late', by, what }),
    away: (ms) =>
      hall.restart(() => {
        const from = clock.now();
        clock.advance(ms);
        absence = { from, to: clock.now() };
      }),
    view,
    cards: () => view().pieces.flatMap((piece) => (piece.type === 'question' ? [piece.card] : [])),
    notices: () => view().pieces.flatMap((piece) => (piece.type === 'notice' ? [piece.notice] : [])),
    async decide(card, by, choice) {
      if (!card) throw new Error('there is no such card');
      return gate.desk.decide({ question: card.id, by, choice });
    },
    parked: () =>
      eventually(() => {
        if (dispatcher.running() > 0) throw new Error('a run is under way');
      }),
    async restart(meanwhile = () => {}) {
      await Promise.all([reconciler.stop(), dispatcher.stop()]);
      meanwhile();
      await gate.restart();
      await begin();
    },
    async stop() {
      clearInterval(ticking);
      await Promise.all([reconciler.stop(), dispatcher.stop()]);
      await gate.stop();
    },
  };
  return hall;
}
