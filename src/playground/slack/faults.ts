import { z } from 'zod';
import type { DisconnectReason, SilentFailure } from './socket.ts';

/** What can be made to fail, as plain data: `POST /playground/faults {"slack": …}`. */
const when = z.enum(['before', 'after']).default('before');

const callFault = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('http_500'), when }),
  z.strictObject({ type: z.literal('reset'), when }),
  z.strictObject({ type: z.literal('rate_limited'), retry_after_s: z.number().int().min(0).default(1) }),
  z.strictObject({ type: z.literal('slow'), ms: z.number().int().min(0), when }),
  z.strictObject({ type: z.literal('html') }),
  z.strictObject({ type: z.literal('redirect'), to: z.string().default('https://slack.invalid/') }),
  z.strictObject({ type: z.literal('error'), error: z.string().min(1) }),
  // The others are of downloads (`files.download`) only.
  /** Ends in the middle, with more announced. */
  z.strictObject({ type: z.literal('truncated') }),
  /** So many bytes more or less than the file has, and announced so. */
  z.strictObject({ type: z.literal('wrong_length'), by: z.number().int().default(-1) }),
  /** So many bytes at a time, with a pause after each. */
  z.strictObject({ type: z.literal('drip'), ms: z.number().int().min(0), bytes: z.number().int().min(1).default(1) }),
]);

const faultsSchema = z.strictObject({
  /** Forgets every fault set before. */
  clear: z.boolean().optional(),
  /** The next `next` calls of a method (`*`: of any) fail; `next: 0` is until cleared. */
  calls: z
    .array(z.strictObject({ method: z.string(), next: z.number().int().min(0).default(1), fault: callFault }))
    .optional(),
  deliveries: z
    .strictObject({
      duplicate: z.boolean().optional(),
      delay_ms: z.number().int().min(0).optional(),
      /** Each delivery waits a random time up to this, so that they overtake each other. */
      reorder_ms: z.number().int().min(0).optional(),
    })
    .optional(),
  /** Frames that no app should stumble over, sent at once. */
  forge: z.array(z.enum(['bad_json', 'app_rate_limited'])).optional(),
  /** Ends the open sockets at once: with a disconnect frame, or `abrupt`ly. */
  disconnect: z.enum(['warning', 'refresh_requested', 'link_disabled', 'too_many_websockets', 'abrupt']).optional(),
  /** Lets the open sockets fail without a word. */
  sockets: z.enum(['half_open', 'deaf']).optional(),
  /** Switches the rate tiers. */
  tiers: z.boolean().optional(),
  /** Files are shared as the stubs of Slack Connect, until they are asked about. */
  stubs: z.boolean().optional(),
  /** How long after its upload a file appears in the conversation. */
  share_after_ms: z.number().int().min(0).optional(),
  /**
   * An app that is sold outside the Marketplace reads a channel or a thread once a minute, fifteen messages at a time.
   */
  distributed: z.boolean().optional(),
  /** No list gives more than this at once, whatever the limit asks for; 0 goes back to usual. */
  page_size: z.number().int().min(0).optional(),
  /** Bot scopes of the app, in place of those it was installed with. */
  granted: z.array(z.string().min(1)).optional(),
});

export type CallFault = z.infer<typeof callFault>;
/** What `faults.apply` accepts; fields with defaults may be left out. */
export type SlackFaultSettings = z.input<typeof faultsSchema>;

export interface DeliveryFaults {
  /** How often, and after how many milliseconds each, the next event is sent. */
  copies(): number[];
}

export interface SlackFaults extends DeliveryFaults {
  /** Checks and sets; throws a ZodError for what is not a fault. */
  apply(json: unknown): void;
  /** The fault the next call of this method meets, if any; counts it down. */
  take(method: string): CallFault | undefined;
  tiersOn(): boolean;
  distributed(): boolean;
  stubs(): boolean;
  shareAfterMs(): number;
  /** The most that a page of a list holds. */
  pageSize(): number;
  /** Null: those it was installed with. */
  granted(): readonly string[] | null;
  clear(): void;
}

export interface FaultActions {
  random: () => number;
  tiers: boolean;
  disconnect(reason: DisconnectReason | 'abrupt'): void;
  failSockets(how: SilentFailure): void;
  forge(frame: string): void;
  appRateLimited(): Record<string, unknown>;
}

/** Sharing is asynchronous. */
const SHARE_AFTER_MS = 20;

export function createFaults(actions: FaultActions): SlackFaults {
  let calls: { method: string; left: number; fault: CallFault }[] = [];
  let deliveries: { duplicate?: boolean | undefined; delay_ms?: number | undefined; reorder_ms?: number | undefined } =
    {};
  let tiers = actions.tiers;
  let distributed = false;
  let pageSize = Number.POSITIVE_INFINITY;
  let stubs = false;
  let shareAfterMs = SHARE_AFTER_MS;
  let granted: readonly string[] | null = null;

  const clear = () => {
    calls = [];
    deliveries = {};
    tiers = actions.tiers;
    distributed = false;
    pageSize = Number.POSITIVE_INFINITY;
    stubs = false;
    shareAfterMs = SHARE_AFTER_MS;
    granted = null;
  };

  return {
    clear,
    tiersOn: () => tiers,
    distributed: () => distributed,
    stubs: () => stubs,
    shareAfterMs: () => shareAfterMs,
    pageSize: () => pageSize,
    granted: () => granted,
    apply(json) {
      const set = faultsSchema.parse(json);
      if (set.clear) clear();
      for (const { method, next, fault } of set.calls ?? []) {
        calls.push({ method, left: next === 0 ? Number.POSITIVE_INFINITY : next, fault });
      }
      if (set.deliveries) deliveries = { ...deliveries, ...set.deliveries };
      if (set.tiers !== undefined) tiers = set.tiers;
      if (set.distributed !== undefined) distributed = set.distributed;
      if (set.stubs !== undefined) stubs = set.stubs;
      if (set.share_after_ms !== undefined) shareAfterMs = set.share_after_ms;
      if (set.page_size !== undefined) pageSize = set.page_size || Number.POSITIVE_INFINITY;
      if (set.granted) granted = set.granted;
      for (const frame of set.forge ?? []) {
        actions.forge(frame === 'bad_json' ? '{"type":' : JSON.stringify(actions.appRateLimited()));
      }
      if (set.sockets) actions.failSockets(set.sockets);
      if (set.disconnect) actions.disconnect(set.disconnect);
    },
    take(method) {
      const hit = calls.find((call) => call.method === method || call.method === '*');
      if (!hit) return undefined;
      hit.left -= 1;
      if (hit.left <= 0) calls = calls.filter((call) => call !== hit);
      return hit.fault;
    },
    copies() {
      const waitMs = () => (deliveries.delay_ms ?? 0) + Math.floor(actions.random() * (deliveries.reorder_ms ?? 0));
      return deliveries.duplicate ? [waitMs(), waitMs()] : [waitMs()];
    },
  };
}
