/** What a recording is on disk: JSON Lines, a head and then entries in the order in which things happened. */
import { z } from 'zod';

const VERSION = 1;

/** What Slack calls an event, as far as it may stand in a recording. */
export const KIND = /^[a-z_.]{1,60}$/;

const head = z.strictObject({
  drawbridge: z.literal('recording'),
  version: z.literal(VERSION),
  /** Whether texts are as they were written, or neutral words of the same length. */
  text: z.enum(['kept', 'replaced']),
});

const id = z.string().regex(/^[A-Z]?[a-z]*\d+$/);
const entryBase = { /** ms since the recording began. */ at: z.int().min(0) };
/** `thread` is a stand-in of (channel, root); the first letter of `channel` says its kind, as Slack's ids do. */
const place = { ...entryBase, thread: id, channel: z.string().regex(/^[CDG]\d+$/) };
const call = { ...entryBase, thread: id, call: id };

const choice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('approve'), forThread: z.boolean() }),
  z.strictObject({ type: z.literal('deny'), reason: z.string().nullable() }),
  /** The button's place on the card. */
  z.strictObject({ type: z.literal('pick'), index: z.int().min(0) }),
  z.strictObject({ type: z.literal('answer') }),
  z.strictObject({ type: z.literal('decline') }),
  z.strictObject({ type: z.literal('raise'), byCents: z.int() }),
  z.strictObject({ type: z.literal('leave') }),
]);

const tool = z.strictObject({
  kind: z.enum(['built-in', 'mcp', 'custom']),
  name: z.string(),
  server: z.string().optional(),
  input: z.record(z.string(), z.unknown()),
  asks: z.boolean(),
});

const entry = z.discriminatedUnion('type', [
  /** Slack brought a message, once more each time: `message`, `app_mention`, `message.file_share`. */
  z.strictObject({ type: z.literal('delivery'), ...entryBase, kind: z.string().regex(KIND), message: id }),
  // What people did.
  z.strictObject({
    type: z.literal('message'),
    ...place,
    message: id,
    by: id,
    text: z.string(),
    addressed: z.boolean(),
    files: z.int().min(0),
    isRoot: z.boolean(),
  }),
  z.strictObject({ type: z.literal('stop'), ...place, by: id, said: z.boolean() }),
  z.strictObject({ type: z.literal('release'), ...place, by: id }),
  z.strictObject({ type: z.literal('files'), ...place, by: id, what: z.enum(['list', 'post-again']) }),
  /** Nobody is away in a replay, so nothing is asked there. */
  z.strictObject({ type: z.literal('late'), ...place, by: id, what: z.enum(['answer', 'skip']) }),
  /** `call` null: a budget was decided on. */
  z.strictObject({ type: z.literal('decision'), ...entryBase, thread: id, call: id.nullable(), by: id, choice }),
  z.strictObject({ type: z.literal('opened'), ...call, by: id }),
  // What the session of a thread did.
  z.strictObject({ type: z.literal('said'), ...entryBase, thread: id, text: z.string() }),
  z.strictObject({ type: z.literal('called'), ...call, tool }),
  z.strictObject({ type: z.literal('returned'), ...call, isError: z.boolean() }),
  z.strictObject({ type: z.literal('confirmed'), ...call, isAllowed: z.boolean() }),
  z.strictObject({ type: z.literal('failed'), ...entryBase, thread: id, error: z.string(), retry: z.string() }),
  z.strictObject({ type: z.literal('idle'), ...entryBase, thread: id, reason: z.string() }),
  z.strictObject({ type: z.literal('terminated'), ...entryBase, thread: id }),
  /** Nothing was recorded after it: the recording was as long as it may be. */
  z.strictObject({ type: z.literal('full'), ...entryBase }),
]);

export type Head = z.infer<typeof head>;
export type Entry = z.infer<typeof entry>;
/** The same entry, before it is known when it was made. */
export type Draft = Entry extends infer E ? (E extends { at: number } ? Omit<E, 'at'> : never) : never;

export interface Bundle {
  text: Head['text'];
  entries: Entry[];
}

/** The message follows the name of the file in a sentence. */
export class BundleError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BundleError';
  }
}

export function headOf(text: Head['text']): Head {
  return { drawbridge: 'recording', version: VERSION, text };
}

/** Reads the text of a recording. Throws a BundleError. */
export function parseBundle(text: string): Bundle {
  const lines = text.split('\n');
  // A recording that was cut off ends in half a line: what stands before it is whole.
  if (lines.at(-1) !== '' && lines.length > 1 && parseJson(lines.at(-1) ?? '') === undefined) lines.pop();
  const [first = '', ...rest] = lines.filter((line) => line.trim() !== '');
  if (first === '') throw new BundleError('is empty: nothing was recorded');
  const { text: kept } = parseHead(first);
  const entries = rest.map((line, index) => {
    const parsed = entry.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues[0]?.path.join('.');
    throw new BundleError(`is damaged at line ${index + 2}${where ? ` (${where})` : ''}: record it again`);
  });
  if (entries.length === 0) throw new BundleError('has a head and nothing behind it: nothing was recorded');
  return { text: kept, entries };
}

function parseHead(line: string): Head {
  const json = parseJson(line);
  const parsed = head.safeParse(json);
  if (parsed.success) return parsed.data;
  const version = z.looseObject({ drawbridge: z.literal('recording'), version: z.unknown() }).safeParse(json);
  if (!version.success) throw new BundleError('is no recording of Drawbridge: make one with drawbridge --record');
  throw new BundleError(
    `is of version ${String(version.data.version)}, and this Drawbridge reads version ${VERSION}: use the one that made it`,
  );
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the caller says what that means
  }
}
