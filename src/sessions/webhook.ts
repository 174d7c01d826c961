import type Anthropic from '@anthropic-ai/sdk';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Sighting } from '../thread/ports.ts';
import { inTime } from './client.ts';
import { describe } from './explain.ts';
import { sightingOf } from './sighting.ts';

export interface WebhookOptions {
  client: Anthropic;
  /** `whsec_…` */
  key: string;
  log: Logger;
  /** A session that says it serves a thread of ours has moved. */
  onMoved(sighting: Sighting): Promise<void>;
}

export interface Webhook {
  /** Answers at once; what follows from it comes after. */
  take(request: { headers: Headers; body: string }): Promise<Response>;
  /** Resolves when nothing follows any more. */
  stop(): Promise<void>;
}

const told = z.object({ id: z.string(), data: z.object({ type: z.string(), id: z.string() }) });

/** What a thread may have missed. All else that is told of sessions comes with one of these, or shows nothing. */
const MOVES = new Set([
  'session.status_run_started',
  'session.status_idled',
  'session.status_terminated',
  'session.budget_reached',
]);

/** How many sessions of others in the workspace are remembered as such. */
const MOST_FOREIGN = 10_000;

/**
 * The agents API tells us what sessions do, in any order, twice or never. So what it tells is only a reason to look at
 * the session, which is retrieved for that: its metadata says whose it is. All sessions of the workspace are told of.
 */
export function createWebhook({ client, key, log, onMoved }: WebhookOptions): Webhook {
  const looks = new Map<string, { again: boolean; done: Promise<void> }>();
  const foreign = new Set<string>();
  let isStopping = false;

  /** One look at a time: what comes meanwhile is reason for one more. */
  const look = (id: string) => {
    const underWay = looks.get(id);
    if (underWay) underWay.again = true;
    else looks.set(id, { again: false, done: lookAt(id).finally(() => lookAgain(id)) });
  };
  const lookAgain = (id: string) => {
    const isWanted = looks.get(id)?.again;
    looks.delete(id);
    if (isWanted && !isStopping) look(id);
  };

  const lookAt = async (id: string) => {
    try {
      const session = await inTime((signal) => client.beta.sessions.retrieve(id, {}, { signal }));
      const sighting = sightingOf(session);
      if (sighting.thread === null) remember(id);
      else await onMoved(sighting);
    } catch (error) {
      // It is looked at again with all the others.
      log.warn({ ...describe(error), sessionId: id }, 'session not looked at');
    }
  };

  const remember = (id: string) => {
    foreign.add(id);
    const [oldest] = foreign;
    if (foreign.size > MOST_FOREIGN && oldest !== undefined) foreign.delete(oldest);
  };

  return {
    async take({ headers, body }) {
      let event: unknown;
      try {
        event = client.beta.webhooks.unwrap(body, { headers: Object.fromEntries(headers), key });
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'webhook refused');
        return new Response('not signed with our key', { status: 401 });
      }
      const parsed = told.safeParse(event);
      const { type, id } = parsed.data?.data ?? { type: 'unreadable', id: '' };
      const isOfInterest = MOVES.has(type) && !foreign.has(id) && !isStopping;
      log.debug({ webhook: parsed.data?.id, type, sessionId: id, ignored: !isOfInterest }, 'webhook');
      if (isOfInterest) look(id);
      return new Response(null, { status: 204 });
    },
    async stop() {
      isStopping = true;
      await Promise.all([...looks.values()].map(({ done }) => done));
    },
  };
}
