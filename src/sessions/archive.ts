import { type default as Anthropic, BadRequestError } from '@anthropic-ai/sdk';
import { type Clock, sleep } from '../clock.ts';
import type { SessionId } from '../thread/ids.ts';
import type { OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';
import { explain } from './explain.ts';
import { interrupt } from './interrupt.ts';

/** The stored status lags behind the idle on the stream. */
const TRIES = 10;
const AGAIN_AFTER_MS = 200;

/** Puts a session away for good, whatever it does: its history stays. Rejects with a SessionError. */
export async function archive(
  session: SessionId,
  options: OnceOptions & { client: Anthropic; clock: Clock },
): Promise<void> {
  const { client, clock } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      await inTime((signal) => client.beta.sessions.archive(session, {}, { signal }));
      return;
    } catch (error) {
      // It runs still, or is only said to.
      if (!(error instanceof BadRequestError) || tries === TRIES) throw explain(error, 'session');
      if (tries === 1) await interrupt(session, options);
      await sleep(clock, AGAIN_AFTER_MS);
    }
  }
}
