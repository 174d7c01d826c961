import type Anthropic from '@anthropic-ai/sdk';
import type { SessionId } from '../thread/ids.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';

/** `Sessions.raise`. The same cap twice is the same cap, so it may land twice. */
export async function raise(
  session: SessionId,
  toCents: number,
  options: OnceOptions & { client: Anthropic },
): Promise<void> {
  const log = options.log.child({ sessionId: session });
  await applyOnce(
    {
      key: `${session} budget ${toCents}`,
      subject: 'session',
      creates: 'soon',
      async run() {
        const { request_id } = await inTime((signal) =>
          options.client.beta.sessions.update(session, { budget: capOf(toCents) }, { signal }).withResponse(),
        );
        log.info({ requestId: request_id, toCents }, 'budget raised');
      },
    },
    { ...options, log },
  );
}

/** The API takes whole cents as a string. */
export function capOf(cents: number): Anthropic.Beta.BetaManagedAgentsBudgetLimit {
  return { type: 'limit', max_list_cost: { amount: String(Math.ceil(cents)), currency: 'USD' } };
}
