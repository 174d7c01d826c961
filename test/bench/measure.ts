import { POST } from '../../src/playground/slack/tiers.ts';
import { type Need, waits } from './best.ts';
import type { Marker } from './marker.ts';
import { approveButton, type Call, createReader, type Frame, type Recorded, type Thread } from './record.ts';

/** What a run shows. A delay is in ms; null: not seen when the run was ended. */
export interface Measured {
  turns: number;
  /** Of the agents, deltas included. */
  events: number;
  /** Slack calls for each answer, by method. */
  callsPerAnswer: Record<string, number>;
  writesPerAnswer: number;
  calls: number;
  refused: number;
  delays: Record<Kind, Delay[]>;
  /** What the buckets alone make it wait, by the same order. */
  bound: Record<Kind, number[]>;
  lost: number;
  doubled: number;
  reordered: number;
  rssPerThread: number;
  cpuPer1000: number;
}

export const KINDS = ['firstSight', 'delta', 'final', 'question'] as const;
export type Kind = (typeof KINDS)[number];
export type Delay = number | null;

/** Asking costs no write. */
const READS = /^(conversations|users|usergroups|auth|apps|bots|files\.info)/;
/** The most that one message holds. */
const MESSAGE_CHARS = 12_000;

export function measure(recorded: Recorded): Measured {
  const { threads, calls, frames, usage } = recorded;
  const counted = calls.filter(({ method }) => !/^(auth|apps)\./.test(method));
  const seen = look(recorded);
  const waiting = whatWaits(recorded);
  const writes = counted.filter(({ method }) => !READS.test(method));
  return {
    turns: threads.length,
    events: frames.length,
    callsPerAnswer: perAnswer(counted, threads.length),
    writesPerAnswer: writes.length / threads.length,
    calls: counted.length,
    refused: counted.filter(({ status }) => status === 429).length,
    delays: {
      firstSight: waiting.firstSight.map(({ at, thread }) => since(at, seen.threads.get(thread))),
      delta: waiting.delta.map(({ at, markers }) => since(at, latest(markers.map((one) => seen.first(one))))),
      final: waiting.final.map((frame) => since(frame.at, standsSince(frame, { seen, recorded }))),
      question: waiting.question.map(({ at, markers }) => since(at, latest(markers.map(seen.card)))),
    },
    bound: boundsOf(waiting, recorded),
    ...endingOf(recorded),
    rssPerThread: Math.max(usage.peakRss - usage.idleRss, 0) / threads.length,
    cpuPer1000: (usage.cpuMs * 1_000) / Math.max(frames.length, 1),
  };
}

function perAnswer(calls: readonly Call[], answers: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method } of calls) counts[method] = (counts[method] ?? 0) + 1;
  return Object.fromEntries(
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([method, count]) => [method, count / answers]),
  );
}

type Waiting = Record<Kind, { at: number; thread: number; markers: Marker[]; length: number }[]>;

/** What somebody waits to see, each by its time. Of a turn's texts the last one is the answer. */
function whatWaits({ threads, frames }: Recorded): Waiting {
  const answers = new Map<number, Frame>();
  for (const frame of frames) if (frame.type === 'message') answers.set(frame.thread, frame);
  const byTime = <T extends { at: number }>(list: T[]) => list.toSorted((a, b) => a.at - b.at);
  return {
    firstSight: byTime(threads.map(({ deliveredAt }, thread) => ({ at: deliveredAt, thread, markers: [], length: 0 }))),
    delta: frames.filter(({ type, markers }) => type === 'delta' && markers.length > 0),
    final: byTime([...answers.values()]),
    question: frames.filter(({ type }) => type === 'question'),
  };
}

interface Seen {
  /** When a thread first showed that the bot is there. */
  threads: ReadonlyMap<number, number>;
  first(marker: Marker): number | undefined;
  /** When it was first seen beside a button that allows it. */
  card(marker: Marker): number | undefined;
  /** When it was first seen in this message. */
  within(marker: Marker, ts: string): number | undefined;
}

/** Reads every call once, in order. */
function look({ calls, threads: places }: Recorded): Seen {
  const threads = new Map<number, number>();
  const first = new Map<string, number>();
  const cards = new Map<string, number>();
  const within = new Map<string, number>();
  const read = createReader();
  const note = (map: Map<string, number>, key: string, at: number) => {
    if (!map.has(key)) map.set(key, at);
  };
  for (const call of calls) {
    const { at, ok, thread, ts, method, shows } = call;
    const isSign = thread !== null && isSignOfLife(method, places[thread]);
    if (ok && isSign && !threads.has(thread)) threads.set(thread, at);
    const isCard = approveButton(shows) !== null;
    for (const marker of read(call)) {
      note(first, nameOf(marker), at);
      note(within, `${ts} ${nameOf(marker)}`, at);
      if (isCard) note(cards, nameOf(marker), at);
    }
  }
  return {
    threads,
    first: (marker) => first.get(nameOf(marker)),
    card: (marker) => cards.get(nameOf(marker)),
    within: (marker, ts) => within.get(`${ts} ${nameOf(marker)}`),
  };
}

/** A message; in a direct message its status as well, which Slack is known to show only there. */
function isSignOfLife(method: string, thread: Thread | undefined): boolean {
  if (method === 'agents.sessions.setStatus') return thread?.place === 'dm';
  return method === 'chat.postMessage' || method === 'chat.startStream';
}

/** Since when a text can be read whole, where it stands in the end. */
function standsSince({ markers, thread }: { markers: Marker[]; thread: number }, { seen, recorded }: Looked) {
  const messages = recorded.ending.filter((message) => message.thread === thread);
  const places = new Map(messages.flatMap(({ ts, markers: own }) => own.map((marker) => [nameOf(marker), ts])));
  return latest(
    markers.map((marker) => {
      const ts = places.get(nameOf(marker));
      return ts === undefined ? undefined : seen.within(marker, ts);
    }),
  );
}

interface Looked {
  seen: Seen;
  recorded: Recorded;
}

function boundsOf(waiting: Waiting, { threads }: Recorded): Measured['bound'] {
  const inChannel = ({ thread }: { thread: number }) => threads[thread]?.place === 'channel';
  const channelOf = ({ thread }: { thread: number }) => threads[thread]?.channel ?? '';
  const needs = [...waiting.final, ...waiting.question].toSorted((a, b) => a.at - b.at);
  const posts = alone(needs.filter(inChannel), channelOf);
  const firsts = alone(waiting.firstSight.filter(inChannel), channelOf);
  const wait = (map: Map<unknown, number>) => (need: object) => map.get(need) ?? 0;
  return {
    firstSight: waiting.firstSight.map(wait(firsts)),
    delta: waiting.delta.map(() => 0),
    final: waiting.final.map(wait(posts)),
    question: waiting.question.map(wait(posts)),
  };
}

type Wanted = Waiting[Kind][number];

/** How long each waits at least when nothing else is posted in its channel. */
function alone(wanted: readonly Wanted[], channelOf: (one: Wanted) => string): Map<unknown, number> {
  const channels = new Set(wanted.map(channelOf));
  const times = [...channels].flatMap((channel) => {
    const some = wanted.filter((one) => channelOf(one) === channel);
    const needs = some.map(({ at, length }): Need => ({ at, writes: Math.max(Math.ceil(length / MESSAGE_CHARS), 1) }));
    return waits(needs, POST).map((wait, index) => [some[index], wait] as const);
  });
  return new Map(times);
}

/** Texts that do not stand whole in the end, stand twice, or not in the order in which they were said. */
function endingOf({ frames, ending }: Recorded): Pick<Measured, 'lost' | 'doubled' | 'reordered'> {
  const standing = new Map<string, number[]>();
  for (const [place, marker] of ending.flatMap(({ markers }) => markers).entries()) {
    const name = nameOf(marker);
    standing.set(name, [...(standing.get(name) ?? []), place]);
  }
  const texts = frames.filter(({ type }) => type === 'message');
  const places = texts.map(({ markers }) => markers.map((marker) => standing.get(nameOf(marker)) ?? []));
  const isLost = (some: number[][]) => some.some((each) => each.length === 0);
  return {
    lost: places.filter(isLost).length,
    doubled: places.filter((some) => some.some((each) => each.length > 1)).length,
    reordered: misplaced(texts, places).length,
  };
}

/** In each thread, what one reads from top to bottom is what was said, in that order. */
function misplaced(texts: readonly Frame[], places: readonly number[][][]): Frame[] {
  const last = new Map<number, number>();
  return texts.filter(({ thread }, index) => {
    const own = (places[index] ?? []).flatMap(([place]) => place ?? []);
    const sorted = own.every((place, at) => at === 0 || place > (own[at - 1] ?? 0));
    const before = last.get(thread) ?? -1;
    last.set(thread, Math.max(before, ...own));
    return !sorted || own.some((place) => place < before);
  });
}

function nameOf({ thread, step, delta }: Marker): string {
  return `${thread} ${step} ${delta}`;
}

/** Undefined when one of them is. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  if (times.length === 0 || times.some((time) => time === undefined)) return undefined;
  return Math.max(...(times as number[]));
}

/** What could be seen before it was needed was there at once. */
function since(at: number, seenAt: number | undefined): Delay {
  return seenAt === undefined ? null : Math.max(seenAt - at, 0);
}
