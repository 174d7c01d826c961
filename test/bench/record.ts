import type { Preview, SessionEvent } from '../../src/playground/agents/event-log.ts';
import type { ApiCall } from '../../src/playground/slack/web-api.ts';
import { type Marker, markersIn } from './marker.ts';

/** Everything that is measured, as the two servers saw it. Times are ms since the epoch. */
export interface Recorded {
  /** By their number. */
  threads: Thread[];
  calls: Call[];
  frames: Frame[];
  /** What stands in Slack at the end, by thread and message, in order. */
  ending: { thread: number; ts: string; markers: Marker[] }[];
  usage: { idleRss: number; peakRss: number; cpuMs: number };
}

export interface Thread {
  channel: string;
  place: 'channel' | 'dm';
  /** When the person's message went out to the bot. */
  deliveredAt: number;
}

/** One Web API call. */
export interface Call {
  at: number;
  method: string;
  status: number;
  /** Slack took it. */
  ok: boolean;
  channel: string | null;
  /** The thread it belongs to; null for what belongs to none. */
  thread: number | null;
  /** The message that it writes. */
  ts: string | null;
  /** What it shows there; streams are written on, all else is replaced. */
  shows: string;
}

/** What a session emitted, as far as somebody waits for it. */
export interface Frame {
  at: number;
  thread: number;
  type: 'delta' | 'message' | 'question' | 'other';
  markers: Marker[];
  /** Characters of a message. */
  length: number;
}

export function frameOf(frame: SessionEvent | Preview, { at, thread }: { at: number; thread: number }): Frame {
  const text = textOf(frame);
  return { at, thread, type: typeOf(frame), markers: markersIn(text), length: text.length };
}

function typeOf(frame: SessionEvent | Preview): Frame['type'] {
  if (frame.type === 'event_delta') return 'delta';
  if (frame.type === 'agent.message') return 'message';
  return frame.type === 'agent.tool_use' && 'evaluated_permission' in frame && frame.evaluated_permission === 'ask'
    ? 'question'
    : 'other';
}

function textOf(frame: SessionEvent | Preview): string {
  if ('delta' in frame) return String((frame.delta as { content?: { text?: string } }).content?.text ?? '');
  if ('content' in frame) return ((frame.content ?? []) as { text?: string }[]).map(({ text = '' }) => text).join('');
  return 'input' in frame ? JSON.stringify(frame.input) : '';
}

export interface Places {
  /** The number of the thread with this root. */
  threadOf(root: string): number | undefined;
  /** The same for a message of the bot. */
  threadOfMessage(ts: string): number | undefined;
}

/** Throws nothing away that anything is measured by: who wrote where, and what it shows. */
export function callOf(call: ApiCall, { threadOf, threadOfMessage }: Places): Call {
  const { method, args, at, response, httpStatus } = call;
  const text = (name: string) => (typeof args[name] === 'string' ? (args[name] as string) : null);
  const ok = response.ok === true;
  const posted = typeof response.ts === 'string' && ok ? response.ts : null;
  const root = text('thread_ts') ?? text('timestamp');
  const ts = text('ts') ?? posted;
  const thread = (root === null ? undefined : threadOf(root)) ?? (ts === null ? undefined : threadOfMessage(ts));
  return {
    at,
    method,
    status: httpStatus,
    ok,
    channel: text('channel') ?? text('channel_id'),
    thread: thread ?? null,
    ts,
    shows: showsOf(args),
  };
}

/** What people read: the blocks when there are any, as the text is then for notifications only. */
function showsOf(args: Record<string, unknown>): string {
  const chunks = listOf(args.chunks).map((chunk) =>
    chunk.type === 'markdown_text' ? String(chunk.text) : JSON.stringify(chunk),
  );
  const blocks = listOf(args.blocks);
  const written = [args.markdown_text, ...chunks].filter((piece) => typeof piece === 'string').join('');
  if (blocks.length > 0) return `${written}${JSON.stringify(blocks)}`;
  return written === '' && typeof args.text === 'string' ? args.text : written;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

const STREAMED = new Set(['chat.startStream', 'chat.appendStream', 'chat.stopStream']);
const SHOWN = new Set([...STREAMED, 'chat.postMessage', 'chat.update']);
/** Longer than a marker. */
const SEAM = 32;

/** Reads the calls in their order: which markers each of them lets people see. */
export function createReader(): (call: Call) => Marker[] {
  const ends = new Map<string, string>();
  return ({ method, ok, ts, shows }) => {
    if (!ok || ts === null || !SHOWN.has(method)) return [];
    if (!STREAMED.has(method)) return markersIn(shows);
    // A marker may come in two pieces.
    const all = `${ends.get(ts) ?? ''}${shows}`;
    ends.set(ts, all.slice(-SEAM));
    return markersIn(all);
  };
}

const APPROVE = /"action_id":"([^"]*\bapprove)"/;

/** The button that allows what a card asks for; null for what is no card. */
export function approveButton(shows: string): string | null {
  return APPROVE.exec(shows)?.[1] ?? null;
}
