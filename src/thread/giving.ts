import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { expectedFiles } from './files/expected-files.ts';
import type { Outgoing, Unposted } from './files/outgoing.ts';
import type { ThreadId } from './ids.ts';
import type { OwedOutputs } from './ports.ts';
import type { Stage } from './stage.ts';
import type { Turn } from './turn.ts';

/** Gives people what the agent wrote, beside everything else that goes on in the thread. */
export interface Giving {
  /** The turn has ended, and may have written files; on disk when it resolves. */
  owe(turn: Turn): Promise<void>;
  /** Gives what is owed; while a turn is under way, brings ahead what its calls have written. One of both at a time. */
  start(): void;
  isUnderWay(): boolean;
  /** Says what could not be given, once no turn is under way, and takes back what was said of it before. */
  settle(): Promise<void>;
  /** When what failed for a reason that may pass is to be tried again, in ms since the epoch. */
  againAt(): number;
}

interface GivingOptions {
  thread: ThreadId;
  stage: Stage;
  outgoing: Outgoing;
  signal: AbortSignal;
  clock: Clock;
  log: Logger;
  onGiven(): void;
}

interface Given {
  outputs: OwedOutputs;
  unposted: Unposted[];
}

const RETRY_MS = 60_000;

export function createGiving({ thread, stage, outgoing, signal, clock, log, onGiven }: GivingOptions): Giving {
  let isUnderWay = false;
  /** What came of it, and is not settled yet. */
  let given: Given | null = null;
  let leftForLater: OwedOutputs | null = null;
  let againAt = Number.POSITIVE_INFINITY;
  /** The calls whose files were looked for while their turn ran. */
  const lookedFor = new Set<string>();
  let turnEnd = new AbortController();

  async function give(outputs: OwedOutputs): Promise<Given | null> {
    try {
      return { outputs, unposted: await outgoing.post(thread, { ...outputs, signal }) };
    } catch (error) {
      if (signal.aborted) return null;
      log.error({ err: error, sessionId: outputs.session }, 'files not given');
      leftForLater = outputs;
      againAt = clock.now() + RETRY_MS;
      return null;
    }
  }

  function prepare(): void {
    const session = stage.session();
    const { pieces, calls } = stage.turn();
    const done = pieces.filter((piece) => piece.type === 'step' && piece.state === 'done' && !lookedFor.has(piece.id));
    for (const { id } of done) lookedFor.add(id);
    const expected = expectedFiles(done.flatMap(({ id }) => calls.get(id) ?? []));
    if (session === null || expected.length === 0) return;
    isUnderWay = true;
    void outgoing
      .prepare(thread, { session, expected, enough: turnEnd.signal, signal })
      // What it could not do is done, or told, when the turn has ended.
      .catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error, sessionId: session }, 'files not brought ahead');
      })
      .then(() => {
        isUnderWay = false;
        onGiven();
      });
  }

  return {
    async owe({ calls }) {
      turnEnd.abort();
      turnEnd = new AbortController();
      const session = stage.session();
      // A turn that used no tools wrote no files.
      if (session === null || calls.size === 0) return;
      await stage.oweOutputs({ session, expected: expectedFiles([...calls.values()]) });
    },
    start() {
      if (isUnderWay) return;
      if (stage.owes()) return prepare();
      const { outputs } = stage.record();
      if (outputs === null || given || outputs === leftForLater) return;
      isUnderWay = true;
      void give(outputs).then((result) => {
        isUnderWay = false;
        given = result;
        onGiven();
      });
    },
    isUnderWay: () => isUnderWay,
    async settle() {
      if (given === null || stage.owes()) return;
      const { outputs, unposted } = given;
      given = null;
      try {
        await stage.tellUnposted({ session: outputs.session, files: unposted, key: `files:${clock.now()}` });
      } finally {
        await stage.gaveOutputs(outputs);
      }
    },
    againAt: () => againAt,
  };
}
