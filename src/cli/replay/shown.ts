import type { ApiCall } from '../../playground/slack/web-api.ts';

/** A call of the bot that changed something in Slack, in the recording's names. */
export interface ShownCall {
  method: string;
  /** The thread it is in, or the channel; null where the call does not say. */
  place: string | null;
  /** The bot's own messages by number, `b1`. */
  message: string | null;
  /** What it says or sets. */
  content: string;
  /** Slack's refusal; null: it did it. */
  error: string | null;
}

/** What local ids are called in the recording, and when somebody pressed something. */
export interface Names {
  clicks: readonly number[];
  threadOf(place: { channel: string; root: string }): string | undefined;
  channel(id: string): string;
  person(id: string): string;
}

const READS = /^(auth|users|usergroups|conversations|bots|apps|team)\.|^files\.info$|^chat\.getPermalink$/;
const NEW = ['chat.postMessage', 'chat.startStream'];
const CHANGES = ['chat.update', 'chat.appendStream', 'chat.stopStream'];

interface Write extends ShownCall {
  ts: string;
  at: number;
}

/**
 * The calls that changed something. What is a matter of time is left out: messages that were taken away again, such as
 * the line that says what the agent is doing, that it is at work, and changes of a message. What it was changed to last
 * is what it says; where somebody pressed something in between, that stands behind its post. Reactions come last, those
 * that are left in the end.
 */
export function shownCalls(calls: readonly ApiCall[], names: Names): ShownCall[] {
  const writes = calls
    .filter(({ method, token }) => token === 'bot' && !READS.test(method))
    .map((call) => readWrite(call, names));
  const gone = new Set(writes.filter(({ method }) => method === 'chat.delete').map(({ ts }) => ts));
  const standing = writes.filter(({ ts }) => ts === '' || !gone.has(ts));
  const places = new Map(standing.filter(isNew).map(({ ts, place }) => [ts, place]));
  const ordered = standing
    .filter((write) => !isReaction(write) && !(isChange(write) && places.has(write.ts)))
    .flatMap((write) => (isNew(write) ? withLastChange(write, { writes: standing, clicks: names.clicks }) : [write]))
    .filter(tellsNews());
  const shown = [...ordered, ...reactionsLeft(writes)];
  const numbers = new Map([...places.keys()].map((ts, index) => [ts, `b${index + 1}`]));
  return shown.map(({ ts, at: _, ...call }) => ({
    ...call,
    place: places.get(ts) ?? call.place,
    message: numbers.get(ts) ?? null,
  }));
}

function readWrite(call: ApiCall, names: Names): Write {
  const { method, args, response } = call;
  return {
    method,
    place: placeOf(call, names),
    message: null,
    content: contentOf(call, names),
    error: response.ok === true ? null : textOf(response.error),
    at: call.at,
    ts: NEW.includes(method) ? textOf(response.ts) : textOf(args.ts ?? args.timestamp),
  };
}

const isNew = ({ method, error }: Write) => NEW.includes(method) && error === null;
const isChange = ({ method }: Write) => CHANGES.includes(method);

function withLastChange(
  post: Write,
  { writes, clicks }: { writes: readonly Write[]; clicks: readonly number[] },
): Write[] {
  const changes = writes.filter((write) => write.ts === post.ts && isChange(write));
  const last = changes.at(-1);
  if (last === undefined) return [post];
  const content = changes.findLast((change) => change.content !== '')?.content ?? post.content;
  const wasPressed = clicks.some((at) => at > post.at && at <= last.at);
  const isStream = last.method === 'chat.stopStream';
  if (!wasPressed && !isStream) return [{ ...post, content }];
  return [
    { ...post, content: '' },
    { ...last, content },
  ];
}

const isReaction = ({ method }: Write) => method.startsWith('reactions.');

/** By message, in the order of the messages. */
function reactionsLeft(writes: readonly Write[]): Write[] {
  const reactions = writes.filter((write) => isReaction(write) && write.error === null);
  const left = reactions.filter(({ method, ts, content }, index) => {
    const later = reactions.slice(index + 1).some((other) => other.ts === ts && other.content === content);
    return method === 'reactions.add' && !later;
  });
  return left.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

const isStatus = ({ method }: Write) => /setStatus$/.test(method);

/** No status that is so already: a thread that nothing was told of is active, and short work there is not told of. */
function tellsNews(): (write: Write) => boolean {
  const told = new Map<string | null, string>();
  return (write) => {
    if (!isStatus(write)) return true;
    const { place, content } = write;
    const last = told.get(place) ?? 'active';
    if (content === last || (content === 'processing' && last === 'active')) return false;
    told.set(place, content);
    return true;
  };
}

function placeOf({ args, response }: ApiCall, names: Names): string | null {
  const channel = textOf(args.channel ?? args.channel_id ?? response.channel);
  if (channel === '') return null;
  const root = textOf(args.thread_ts ?? args.ts ?? args.timestamp);
  return names.threadOf({ channel, root }) ?? names.channel(channel);
}

/** Times differ from one run to the next. */
const TIMES: [RegExp, string][] = [
  [/<!date\^\d+\^[^|>]*\|[^>]*>/g, '<time>'],
  [/\b\d+(\.\d+)? ?(ms|s|sec|min|m|h)\b/g, '<time>'],
];
const LONGEST = 120;

function contentOf({ method, args }: ApiCall, names: Names): string {
  if (/setStatus$/.test(method)) return textOf(args.status);
  if (/^reactions\./.test(method)) return `:${textOf(args.name)}:`;
  const said = textOf(args.text) || textOf(args.markdown_text) || wordsIn(args.chunks ?? args.blocks ?? args.view);
  const line = TIMES.reduce((text, [pattern, words]) => text.replaceAll(pattern, words), said)
    .replaceAll(/<@([UW][A-Z0-9]+)>/g, (_, id: string) => `<@${names.person(id)}>`)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return [...line].length > LONGEST ? `${[...line].slice(0, LONGEST - 1).join('')}…` : line;
}

/** All texts of blocks or chunks, one after the other. */
function wordsIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsIn).filter(Boolean).join(' ');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, field]) => (key === 'text' && typeof field === 'string' ? field : wordsIn(field)))
    .filter(Boolean)
    .join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** For people to read. */
export function asLines(calls: readonly ShownCall[]): string {
  const width = Math.max(0, ...calls.map(({ method }) => method.length));
  return calls
    .map(({ method, place, message, content, error }) => {
      const where = [place, message].filter(Boolean).join(' ');
      const what = [content, error === null ? '' : `→ ${error}`].filter(Boolean).join(' ');
      return `${method.padEnd(width)}  ${where.padEnd(8)}  ${what}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join('');
}
