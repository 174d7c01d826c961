import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { expectedNames } from './files/expected-names.ts';
import type { Outgoing, Unposted } from './files/outgoing.ts';
import type { ThreadId } from './ids.ts';
import type { OwedOutputs } from './ports.ts';
import type { Stage } from './stage.ts';
import type { Turn } from './turn.ts';

/** Gives people what the agent wrote, beside everything else that goes on in the thread. */
export interface Giving {
  /** The turn may have written files; on disk when it resolves. */
  owe(turn: Turn): Promise<void>;
  /** Gives what is owed, unless that is under way or a turn is. */
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

  return {
    async owe({ calls }) {
      const session = stage.session();
      // A turn that used no tools wrote no files.
      if (session === null || calls.size === 0) return;
      await stage.oweOutputs({ session, expected: expectedNames([...calls.values()].map(({ tool }) => tool)) });
    },
    start() {
      const { outputs } = stage.record();
      if (outputs === null || isUnderWay || given || stage.owes() || outputs === leftForLater) return;
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
