import { z } from 'zod';
import { ApiError, badRequest } from './api-error.ts';
import { describeIssue } from './parse.ts';

const failure = z.strictObject({
  /** A route's name as in `records().requests` (`events.send`), or `*` for any. */
  route: z.string(),
  times: z.int().positive().default(1),
  status: z.int().min(400).max(599),
  type: z.string().optional(),
  message: z.string().optional(),
  /** `error.details.error_code`, such as `storage_quota_exceeded`. */
  code: z.string().optional(),
  /** Seconds, as the `retry-after` header says it. */
  retryAfter: z.number().nonnegative().optional(),
});
const delay = z.strictObject({
  route: z.string(),
  times: z.int().positive().default(1),
  /** Clock time to wait before the request is handled. */
  ms: z.number().nonnegative(),
});

const lostAnswer = z.strictObject({
  route: z.string(),
  times: z.int().positive().default(1),
  answer: z.enum(['reset', 'error']),
});

/** Failures to order, as JSON: `POST /playground/faults { agents: … }` takes exactly this. */
const FAULTS = z.strictObject({
  /** Drops everything set before, ahead of what this call sets. */
  clear: z.literal(true).optional(),
  failNext: z.array(failure).optional(),
  slow: z.array(delay).optional(),
  /** The next requests have their effect, but the caller sees a reset connection or a 500. */
  lostAnswers: z.array(lostAnswer).optional(),
  /** The same for sends. */
  eventsSendStored: lostAnswer.omit({ route: true }).optional(),
  /** At once, to every open stream: socket reset, clean end, or silence without heartbeats. */
  streams: z.enum(['reset', 'eof', 'stall']).optional(),
  /** The limits of an organisation: 1,200 reads and 300 creations a minute, sends among them. */
  limits: z.boolean().optional(),
  /** Events become listable this late. */
  listLagMs: z.number().nonnegative().optional(),
  /** The stored status turns idle this long after the idle event. */
  archiveRaceMs: z.number().nonnegative().optional(),
  /** Files of the agent are listed this long after they were written. */
  outputsLagMs: z.number().nonnegative().optional(),
  /** The next downloads end in their middle: the connection is cut, or nothing more comes. */
  downloads: z.strictObject({ times: z.int().positive().default(1), how: z.enum(['cut', 'stall']) }).optional(),
  /** Each webhook is sent twice. */
  doubleWebhooks: z.boolean().optional(),
  /** Each webhook waits a random time up to this, so that they overtake each other. */
  reorderWebhooksMs: z.number().nonnegative().optional(),
  /** Deltas sent per message before the rest is shed; null sends all. */
  shedDeltasAfter: z.int().nonnegative().nullable().optional(),
  /** The next messages get previews and the end of their span, but no final event. */
  omitFinalMessages: z.int().nonnegative().optional(),
  /** The next requires_action idles list no event ids. */
  emptyEventIds: z.int().nonnegative().optional(),
  /** The next tool calls wait for people with an `evaluated_permission` that no client knows. */
  unknownPermissions: z.int().nonnegative().optional(),
});

type Failure = z.input<typeof failure>;

interface Settings {
  limits: boolean;
  listLagMs: number;
  archiveRaceMs: number;
  outputsLagMs: number;
  shedDeltasAfter: number | null;
  doubleWebhooks: boolean;
  reorderWebhooksMs: number;
}

export interface AgentsFaults {
  /** Validates and sets; what is not named stays as it is. Throws a 400-like error naming the bad field. */
  apply(json: unknown): void;
  clear(): void;
  failNext(route: string, how: Omit<Failure, 'route'>): void;
  streams(how: 'reset' | 'eof' | 'stall'): void;
  readonly settings: Readonly<Settings>;
}

/** What the server asks at each point where something may go wrong. */
export interface FaultPoints extends AgentsFaults {
  takeFailure(route: string): ApiError | undefined;
  takeDelay(route: string): number;
  takeLostAnswer(route: string): 'reset' | 'error' | undefined;
  takeBrokenDownload(): 'cut' | 'stall' | undefined;
  takeOmittedFinal(): boolean;
  takeEmptyEventIds(): boolean;
  takeUnknownPermission(): boolean;
}

// Outputs show up a little late on the real platform, always.
const DEFAULTS: Settings = {
  limits: false,
  listLagMs: 0,
  archiveRaceMs: 0,
  outputsLagMs: 1500,
  shedDeltasAfter: null,
  doubleWebhooks: false,
  reorderWebhooksMs: 0,
};

export function createFaults(breakStreams: (how: 'reset' | 'eof' | 'stall') => void): FaultPoints {
  let settings = { ...DEFAULTS };
  let failures: z.output<typeof failure>[] = [];
  let delays: z.output<typeof delay>[] = [];
  let lost: z.output<typeof lostAnswer>[] = [];
  let downloads: ('cut' | 'stall')[] = [];
  let omitFinals = 0;
  let emptyIds = 0;
  let unknownPermits = 0;
  const clear = () => {
    settings = { ...DEFAULTS };
    failures = [];
    delays = [];
    lost = [];
    downloads = [];
    omitFinals = 0;
    emptyIds = 0;
    unknownPermits = 0;
  };
  const apply = (json: unknown) => {
    const parsed = FAULTS.safeParse(json);
    if (!parsed.success) throw badRequest(describeIssue(parsed.error, ['agents']));
    const {
      clear: clearFirst,
      failNext,
      slow,
      lostAnswers,
      eventsSendStored,
      downloads: broken,
      streams,
      omitFinalMessages,
      emptyEventIds,
      unknownPermissions,
      ...rest
    } = parsed.data;
    if (clearFirst) clear();
    failures.push(...(failNext ?? []));
    delays.push(...(slow ?? []));
    lost.push(...(lostAnswers ?? []));
    if (eventsSendStored) lost.push({ route: 'events.send', ...eventsSendStored });
    if (broken) downloads.push(...Array(broken.times).fill(broken.how));
    if (streams) breakStreams(streams);
    omitFinals = omitFinalMessages ?? omitFinals;
    emptyIds = emptyEventIds ?? emptyIds;
    unknownPermits = unknownPermissions ?? unknownPermits;
    settings = { ...settings, ...definedOnly(rest) };
  };
  return {
    apply,
    clear,
    failNext: (route, options) => apply({ failNext: [{ route, ...options }] }),
    streams: breakStreams,
    get settings() {
      return settings;
    },
    takeFailure(route) {
      const found = takeOne(failures, route);
      if (!found) return undefined;
      const { status, message = `Playground failure (${status})`, type, code, retryAfter } = found;
      return new ApiError(status, message, {
        ...(type === undefined ? {} : { type }),
        ...(code === undefined ? {} : { code }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
    },
    takeDelay: (route) => takeOne(delays, route)?.ms ?? 0,
    takeLostAnswer: (route) => takeOne(lost, route)?.answer,
    takeBrokenDownload: () => downloads.shift(),
    takeOmittedFinal: () => {
      if (omitFinals === 0) return false;
      omitFinals -= 1;
      return true;
    },
    takeEmptyEventIds: () => {
      if (emptyIds === 0) return false;
      emptyIds -= 1;
      return true;
    },
    takeUnknownPermission: () => {
      if (unknownPermits === 0) return false;
      unknownPermits -= 1;
      return true;
    },
  };
}

/** The first order for this route, counted down and dropped when used up. */
function takeOne<T extends { route: string; times: number }>(orders: T[], route: string): T | undefined {
  const found = orders.find((order) => order.route === route || order.route === '*');
  if (!found) return undefined;
  found.times -= 1;
  if (found.times === 0) orders.splice(orders.indexOf(found), 1);
  return found;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
