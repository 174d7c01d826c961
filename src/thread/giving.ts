import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { expectedNames } from './files/expected-names.ts';
import type { Outgoing, Unposted } from './files/outgoing.ts';
import type { ThreadId } from './ids.ts';
import type { OwedOutputs } from './ports.ts';
import type { Stage } from './stage.ts';
import { note, type Turn } from './turn.ts';

/** Gives people what the agent wrote, beside everything else that goes on in the thread. */
export interface Giving {
  /** The turn may have written files; on disk when it resolves. */
  owe(turn: Turn): Promise<void>;
  /** Gives what is owed, unless that is under way or a turn is. */
  start(): void;
  isUnderWay(): boolean;
  /** Says what could not be given. */
  tell(unposted: Unposted[]): Promise<void>;
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
  onGiven(unposted: Unposted[]): void;
}

const RETRY_MS = 60_000;

export function createGiving({ thread, stage, outgoing, signal, clock, log, onGiven }: GivingOptions): Giving {
  let isUnderWay = false;
  let leftForLater: OwedOutputs | null = null;
  let againAt = Number.POSITIVE_INFINITY;

  async function give(outputs: OwedOutputs): Promise<Unposted[]> {
    try {
      const unposted = await outgoing.post(thread, { ...outputs, signal });
      await stage.gaveOutputs(outputs);
      return unposted;
    } catch (error) {
      if (signal.aborted) return [];
      log.error({ err: error, sessionId: outputs.session }, 'files not given');
      leftForLater = outputs;
      againAt = clock.now() + RETRY_MS;
      return [];
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
      if (outputs === null || isUnderWay || stage.owes() || outputs === leftForLater) return;
      isUnderWay = true;
      void give(outputs).then((unposted) => {
        isUnderWay = false;
        onGiven(unposted);
      });
    },
    isUnderWay: () => isUnderWay,
    async tell(unposted) {
      if (unposted.length === 0) return;
      const notice = { code: 'files-unposted' as const, files: unposted };
      if (stage.turn().phase !== 'ended') return stage.change((turn) => note(turn, 'files-unposted', notice));
      const { recipient } = stage.record();
      if (recipient) await stage.say(`files:${clock.now()}`, { notice, recipient });
    },
    againAt: () => againAt,
  };
}
