import type { OnEmit } from '../../src/playground/agents/sessions.ts';
import type { PlaygroundMessage } from '../../src/playground/page/contract.ts';
import type { ApiCall } from '../../src/playground/slack/web-api.ts';
import { type Marker, markersIn } from './marker.ts';
import { type Call, callOf, createReader, type Frame, frameOf, type Recorded, type Thread } from './record.ts';

/** Writes down what the servers hear and say, and knows what has been seen so far. */
export interface Recorder {
  onCall(call: ApiCall): void;
  onEmit: OnEmit;
  /** A thread begins: who wrote is answered from here on. */
  begins(which: { number: number; root: string }, thread: Thread): void;
  /** Which of these were seen nowhere yet. */
  unseen(markers: readonly Marker[]): Marker[];
  /** When an agent said anything last. */
  lastWordAt(): number;
  lastCallAt(): number;
  finish(messages: readonly PlaygroundMessage[], usage: Recorded['usage']): Recorded;
}

export interface RecorderOptions {
  /** Called with each call as it is answered, and the markers that it shows. */
  onSeen(call: Call, markers: readonly Marker[]): void;
}

export function createRecorder({ onSeen }: RecorderOptions): Recorder {
  const threads: Thread[] = [];
  const roots = new Map<string, number>();
  const messages = new Map<string, number>();
  const seen = new Set<string>();
  const calls: Call[] = [];
  const frames: Frame[] = [];
  const read = createReader();
  const threadOf = (root: string) => roots.get(root);
  const keyOf = ({ thread, step, delta }: Marker) => `${thread} ${step} ${delta}`;

  return {
    onCall(answered) {
      const call = callOf(answered, { threadOf, threadOfMessage: (ts) => messages.get(ts) });
      // What the bot does to get warm is part of no answer.
      if (threads.length > 0) calls.push(call);
      if (call.ts !== null && call.thread !== null) messages.set(call.ts, call.thread);
      const shown = read(call);
      for (const marker of shown) seen.add(keyOf(marker));
      onSeen(call, shown);
    },
    onEmit({ metadata }, frame) {
      const thread = threadOf(metadata.slack_thread_ts ?? '');
      if (thread !== undefined) frames.push(frameOf(frame, { at: Date.now(), thread }));
    },
    begins({ number, root }, thread) {
      roots.set(root, number);
      threads[number] = thread;
    },
    unseen: (markers) => markers.filter((marker) => !seen.has(keyOf(marker))),
    lastWordAt: () => frames.at(-1)?.at ?? Date.now(),
    lastCallAt: () => calls.at(-1)?.at ?? 0,
    finish(standing, usage) {
      const ending = standing.flatMap((message) => {
        const thread = message.bot_id === undefined ? undefined : threadOf(message.thread_ts ?? '');
        return thread === undefined ? [] : [{ thread, ts: message.ts, markers: markersIn(wordsOf(message)) }];
      });
      return { threads, calls, frames, ending, usage };
    },
  };
}

function wordsOf({ blocks = [], text }: PlaygroundMessage): string {
  return blocks.length > 0 ? JSON.stringify(blocks) : text;
}
