import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, sleep } from '../../clock.ts';
import type { SessionEvent } from './event-log.ts';
import type { FaultPoints } from './faults.ts';
import type { MakeId } from './ids.ts';
import type { Session } from './session.ts';

/** One webhook event with how its delivery went. */
interface WebhookDelivery {
  id: string;
  type: string;
  session: string;
  /** The HTTP status of each attempt; null where nobody answered. */
  answers: (number | null)[];
}

/** Tells an address what sessions do, signed as Standard Webhooks are. */
export interface Webhooks {
  /** What they are signed with: `whsec_…`. */
  key: string;
  /** Sends everything to this address from now on. */
  deliverTo(url: string): void;
  /** Every session is told of from its first event on. */
  watch(session: Session): void;
  deliveries(): readonly WebhookDelivery[];
  stop(): void;
}

interface WebhookWorld {
  clock: Clock;
  makeId: MakeId;
  faults: FaultPoints;
}

/** Twice more after these waits, 5 to 120 s on the real platform; then the event is dropped without a trace. */
const AGAIN_AFTER_MS = [5_000, 60_000];
const ANSWER_WITHIN_MS = 10_000;

/** The names differ from those on the stream. */
const NAMES: Record<string, string> = {
  'session.status_running': 'session.status_run_started',
  'session.status_idle': 'session.status_idled',
  'session.status_rescheduled': 'session.status_rescheduled',
  'session.status_terminated': 'session.status_terminated',
  'session.thread_status_idle': 'session.thread_idled',
  'session.thread_created': 'session.thread_created',
  'session.thread_status_terminated': 'session.thread_terminated',
  'session.updated': 'session.updated',
  'session.deleted': 'session.deleted',
};

export function createWebhooks({ clock, makeId, faults }: WebhookWorld): Webhooks {
  const stopping = new AbortController();
  const sent: WebhookDelivery[] = [];
  const secret = randomBytes(24);
  let endpoint: string | undefined;

  const tell = (session: Session, event: SessionEvent) => {
    for (const type of typesOf(event)) {
      if (!endpoint) return;
      const delivery: WebhookDelivery = { id: makeId('whe'), type, session: session.id, answers: [] };
      sent.push(delivery);
      const body = JSON.stringify(bodyOf(delivery, { event, at: clock.now() }));
      const { doubleWebhooks, reorderWebhooksMs } = faults.settings;
      for (let copy = 0; copy < (doubleWebhooks ? 2 : 1); copy += 1) {
        void deliver(delivery, { body, waitMs: Math.random() * reorderWebhooksMs });
      }
    }
  };

  const deliver = async (delivery: WebhookDelivery, { body, waitMs }: { body: string; waitMs: number }) => {
    for (const againAfterMs of [waitMs, ...AGAIN_AFTER_MS]) {
      if (againAfterMs > 0) await sleep(clock, againAfterMs, stopping.signal);
      if (stopping.signal.aborted || !endpoint) return;
      const status = await post(endpoint, { id: delivery.id, body });
      delivery.answers.push(status);
      if (status !== null && status < 300) return;
      // A redirect disables the endpoint at once.
      if (status !== null && status < 400) endpoint = undefined;
    }
  };

  const post = async (url: string, { id, body }: { id: string; body: string }) => {
    // Signed anew for each try.
    const timestamp = String(Math.floor(clock.now() / 1000));
    const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${digest}`,
    };
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null; // nobody answered
    }
  };

  return {
    key: `whsec_${secret.toString('base64')}`,
    deliverTo(url) {
      endpoint = url;
    },
    watch(session) {
      session.log.listen({ event: (event) => tell(session, event), preview() {}, end() {} });
    },
    deliveries: () => sent,
    stop: () => stopping.abort(),
  };
}

function typesOf({ type, stop_reason }: SessionEvent): string[] {
  const name = NAMES[type];
  if (name === undefined) return [];
  const isCapped =
    type === 'session.status_idle' && (stop_reason as { type?: string } | null)?.type === 'budget_reached';
  return isCapped ? ['session.budget_reached', name] : [name];
}

/** Nothing but who and what: whoever wants the state asks for it. */
function bodyOf({ id, type, session }: WebhookDelivery, { event, at }: { event: SessionEvent; at: number }) {
  const { session_thread_id } = event;
  const isOfThread = type.startsWith('session.thread_') && session_thread_id !== undefined;
  return {
    type: 'event',
    id,
    created_at: new Date(at).toISOString(),
    data: {
      type,
      id: session,
      organization_id: 'org_playground',
      workspace_id: 'wrkspc_playground',
      ...(isOfThread ? { session_thread_id } : {}),
    },
  };
}
