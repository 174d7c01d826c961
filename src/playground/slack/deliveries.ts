import { type Clock, sleep } from '../../clock.ts';
import type { TrafficLog } from '../traffic.ts';
import type { DeliveryFaults } from './faults.ts';
import { newUuid } from './ids.ts';
import { redact } from './redact.ts';

/** What goes to the app in one piece. */
export interface Envelope {
  envelope_id: string;
  type: 'events_api' | 'interactive';
  accepts_response_payload: boolean;
  retry_attempt?: number;
  retry_reason?: string;
  payload: Record<string, unknown>;
}

export type Outcome = { acked: true; payload?: unknown } | { acked: false; reason: string; final?: boolean };

/** A way to the app: Socket Mode, or signed HTTP. */
export interface Line {
  /** Resolves when something can be sent, or never will be: the line has stopped. */
  ready(): Promise<void>;
  open(): boolean;
  deliver(envelope: Envelope): Promise<Outcome>;
}

/** One envelope as it was sent, for tests and the traffic drawer. Times are the clock's milliseconds. */
export interface Delivery {
  envelopeId: string;
  type: string;
  eventId?: string;
  attempt: number;
  sentAt: number;
  ackedAt?: number;
  ackPayload?: unknown;
  payload: Record<string, unknown>;
}

export interface Deliveries {
  /** Sends an event until it is acknowledged or its retries are used up. */
  event(payload: Record<string, unknown>): void;
  /** Sends a person's click once; what the app answers, or that it did not. */
  interactive(payload: Record<string, unknown>): Promise<Outcome>;
  list(): Delivery[];
  /** Sends nothing more. What waits for a retry or a line is let go by the clock and the line. */
  stop(): void;
}

/** When a failed event is sent again: at once, after a minute, after five. */
const RETRY_AFTER_MS = [0, 0, 60_000, 300_000];
/** An event that no line was there for until its last retry is lost. */
const KEPT_MS = RETRY_AFTER_MS.reduce((sum, ms) => sum + ms);
const KEPT = 10_000;

export interface DeliveriesOptions {
  clock: Clock;
  line: () => Line;
  faults: DeliveryFaults;
  traffic: TrafficLog;
}

export function createDeliveries({ clock, line, faults, traffic }: DeliveriesOptions): Deliveries {
  const sent: Delivery[] = [];
  let stopped = false;

  const attempt = async (envelope: Envelope): Promise<Outcome> => {
    const delivery = record(sent, envelope, clock.now());
    const name = nameOf(envelope);
    traffic.record({ at: clock.now(), server: 'slack', direction: 'out', name, body: redact(envelope) });
    const outcome = await line().deliver(envelope);
    if (!outcome.acked) return outcome;
    delivery.ackedAt = clock.now();
    delivery.ackPayload = outcome.payload;
    traffic.record({
      at: clock.now(),
      server: 'slack',
      direction: 'in',
      name: `ack ${name}`,
      body: redact(outcome.payload),
    });
    return outcome;
  };

  const isOpenBefore = async (until: number) => {
    await Promise.race([line().ready(), sleep(clock, until - clock.now())]);
    return line().open();
  };

  const sendEvent = async (payload: Record<string, unknown>) => {
    let reason = '';
    const lostAt = clock.now() + KEPT_MS;
    for (const [retry, waitMs] of RETRY_AFTER_MS.entries()) {
      if (waitMs > 0) await sleep(clock, waitMs);
      if (!line().open() && !(await isOpenBefore(lostAt))) return;
      if (stopped) return;
      const outcome = await attempt(eventEnvelope(payload, retry, reason));
      if (outcome.acked || outcome.final) return;
      reason = outcome.reason;
    }
  };

  return {
    event(payload) {
      for (const waitMs of faults.copies()) {
        if (waitMs === 0) void sendEvent(payload);
        else void sleep(clock, waitMs).then(() => sendEvent(payload));
      }
    },
    async interactive(payload) {
      if (!line().open()) return { acked: false, reason: 'the app is not connected' };
      return attempt({ envelope_id: newUuid(), type: 'interactive', accepts_response_payload: true, payload });
    },
    list: () => [...sent],
    stop() {
      stopped = true;
    },
  };
}

function eventEnvelope(payload: Record<string, unknown>, retry: number, reason: string): Envelope {
  return {
    envelope_id: newUuid(),
    type: 'events_api',
    accepts_response_payload: false,
    retry_attempt: retry,
    retry_reason: reason,
    payload,
  };
}

function record(sent: Delivery[], envelope: Envelope, now: number): Delivery {
  const eventId = envelope.payload.event_id;
  const delivery: Delivery = {
    envelopeId: envelope.envelope_id,
    type: envelope.type,
    ...(typeof eventId === 'string' ? { eventId } : {}),
    attempt: envelope.retry_attempt ?? 0,
    sentAt: now,
    payload: envelope.payload,
  };
  sent.push(delivery);
  if (sent.length > KEPT) sent.shift();
  return delivery;
}

function nameOf(envelope: Envelope): string {
  const { event, type } = envelope.payload as { event?: { type?: string }; type?: string };
  return `${envelope.type} ${event?.type ?? type ?? ''}`.trim();
}
