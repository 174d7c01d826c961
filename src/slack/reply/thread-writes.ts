import type { AnyChunk, KnownBlock } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { SlackTs, ThreadPlace } from '../../thread/ids.ts';
import type { Pacer, Write } from '../pacer/pacer.ts';
import type { WriteClass } from '../pacer/queue.ts';
import type { MessageContent } from './message.ts';

export type SessionStatus = 'active' | 'processing' | 'suspended';

/** How urgent a write is, asked while it waits; null: not wanted any more. */
export type Urgency = Write['class'];

/**
 * Every Slack call a reply makes, with its thread bound in and the pacer in front. What is to be written comes as a
 * function, which is asked when the write's turn has come; null then means that nothing is to be written any more.
 */
export interface ThreadWrites {
  post(key: string, render: () => MessageContent | null, urgency: Urgency): Promise<SlackTs | null>;
  /** False when there was nothing to write any more. */
  update(ts: SlackTs, render: () => MessageContent | null, urgency: Urgency): Promise<boolean>;
  remove(ts: SlackTs): Promise<void>;
  /** Both give what went out; null when there was nothing to write any more. */
  startStream<C extends Chunks>(
    stream: Streaming<C>,
    recipient: Recipient,
  ): Promise<{ ts: SlackTs; content: C } | null>;
  appendStream<C extends Chunks>(ts: SlackTs, stream: Streaming<C>): Promise<C | null>;
  stopStream(ts: SlackTs, ending: StreamEnding): Promise<void>;
  /** False when it was not wanted any more. */
  setStatus(status: SessionStatus, creation: Creation, urgency: Urgency): Promise<boolean>;
  react(ts: SlackTs, name: string): Promise<void>;
  unreact(ts: SlackTs, name: string): Promise<void>;
  /** What waits may be worth more by now, or nothing any more. */
  rouse(): void;
  /** Posts are scarce in this channel: one more now may make answers wait. */
  isShort(): boolean;
  /** Where the message with this key stands, or null: read from the thread itself. */
  findPost(key: string): Promise<SlackTs | null>;
  /** Our streams in this thread that are open, and those begun since then (ms since the epoch) that not we have ended. */
  findOpenStreams(since: number): Promise<SlackTs[]>;
}

export interface Chunks {
  chunks: AnyChunk[];
}

/** What is to be written to a stream. */
export interface Streaming<C extends Chunks> {
  render: () => C | null;
  urgency: Urgency;
}

/** Of a session, used by Slack when the call makes it. */
interface Creation {
  title?: string;
  initiator?: string;
}

export interface Recipient {
  user: string;
  team: string;
}

interface StreamEnding {
  status: SessionStatus;
  chunks?: AnyChunk[];
  blocks?: KnownBlock[];
  key: string;
}

export interface ThreadWritesDeps {
  client: WebClient;
  reader: WebClient;
  pacer: Pacer;
  place: ThreadPlace;
  turn: string;
  botUserId: string;
}

/** The type of the metadata that every message of a reply carries; its key says which one it is. */
export const REPLY_METADATA = 'drawbridge_reply';

const CLOCKS_APART_MS = 5_000;

export function createThreadWrites(deps: ThreadWritesDeps): ThreadWrites {
  return new PacedWrites(deps);
}

class PacedWrites implements ThreadWrites {
  readonly #deps: ThreadWritesDeps;
  /** Whose writes these are, for the pacer. */
  readonly #thread: string;

  constructor(deps: ThreadWritesDeps) {
    this.#deps = deps;
    this.#thread = `${deps.place.channel}/${deps.place.root}`;
  }

  post(key: string, render: () => MessageContent | null, urgency: Urgency): Promise<SlackTs | null> {
    const { client, pacer, place } = this.#deps;
    const { channel, root } = place;
    const post = async ({ text, blocks }: MessageContent) => {
      const posted = await client.chat.postMessage({
        channel,
        thread_ts: root,
        text,
        unfurl_links: false,
        unfurl_media: false,
        metadata: this.#metadata(key),
        ...(blocks.length > 0 ? { blocks: written(blocks) } : {}),
      });
      return posted.ts as SlackTs;
    };
    return pacer.write({ method: 'chat.postMessage', channel, thread: this.#thread, class: urgency }, () => {
      const content = render();
      return content && post(content);
    });
  }

  async update(ts: SlackTs, render: () => MessageContent | null, urgency: Urgency): Promise<boolean> {
    const { client, pacer, place } = this.#deps;
    const updated = await pacer.write({ method: 'chat.update', thread: this.#thread, class: urgency }, () => {
      const content = render();
      return (
        content &&
        client.chat.update({ channel: place.channel, ts, text: content.text, blocks: written(content.blocks) })
      );
    });
    return updated !== null;
  }

  remove(ts: SlackTs): Promise<void> {
    const { client, place } = this.#deps;
    return this.#write('chat.delete', 'progress', () => client.chat.delete({ channel: place.channel, ts }));
  }

  startStream<C extends Chunks>(
    { render, urgency }: Streaming<C>,
    { user, team }: Recipient,
  ): Promise<{ ts: SlackTs; content: C } | null> {
    const { client, pacer, place } = this.#deps;
    const start = async (content: C) => {
      const started = await client.chat.startStream({
        channel: place.channel,
        thread_ts: place.root,
        recipient_user_id: user,
        recipient_team_id: team,
        chunks: content.chunks,
      });
      return { ts: started.ts as SlackTs, content };
    };
    return pacer.write({ method: 'chat.startStream', thread: this.#thread, class: urgency }, () => {
      const content = render();
      return content && start(content);
    });
  }

  appendStream<C extends Chunks>(ts: SlackTs, { render, urgency }: Streaming<C>): Promise<C | null> {
    const { client, pacer, place } = this.#deps;
    const append = async (content: C) => {
      await client.chat.appendStream({ channel: place.channel, ts, chunks: content.chunks });
      return content;
    };
    return pacer.write({ method: 'chat.appendStream', thread: this.#thread, class: urgency }, () => {
      const content = render();
      return content && append(content);
    });
  }

  stopStream(ts: SlackTs, { status, chunks = [], blocks = [], key }: StreamEnding): Promise<void> {
    const { client, place } = this.#deps;
    const ending = {
      session_status: status,
      metadata: this.#metadata(key),
      ...(chunks.length > 0 ? { chunks } : {}),
      ...(blocks.length > 0 ? { blocks } : {}),
    };
    return this.#write('chat.stopStream', 'final', () =>
      client.chat.stopStream({ channel: place.channel, ts, ...ending }),
    );
  }

  async setStatus(status: SessionStatus, { title, initiator }: Creation, urgency: Urgency): Promise<boolean> {
    const { client, pacer, place } = this.#deps;
    const { channel, root } = place;
    const creation = { ...(title ? { title } : {}), ...(initiator ? { initiator_user_id: initiator } : {}) };
    const set = await pacer.write({ method: 'agents.sessions.setStatus', thread: this.#thread, class: urgency }, () =>
      client.agents.sessions.setStatus({ channel_id: channel, thread_ts: root, status, ...creation }),
    );
    return set !== null;
  }

  react(ts: SlackTs, name: string): Promise<void> {
    const { client, place } = this.#deps;
    return this.#write('reactions.add', 'ack', () =>
      client.reactions.add({ channel: place.channel, timestamp: ts, name }),
    );
  }

  unreact(ts: SlackTs, name: string): Promise<void> {
    const { client, place } = this.#deps;
    return this.#write('reactions.remove', 'ack', () =>
      client.reactions.remove({ channel: place.channel, timestamp: ts, name }),
    );
  }

  rouse(): void {
    this.#deps.pacer.rouse(this.#thread);
  }

  isShort(): boolean {
    const { pacer, place } = this.#deps;
    return pacer.room({ method: 'chat.postMessage', channel: place.channel }) < 1;
  }

  async findPost(key: string): Promise<SlackTs | null> {
    const { botUserId, turn } = this.#deps;
    let found: SlackTs | null = null;
    for await (const { ts, user, metadata: own } of this.#readThread()) {
      const payload = own?.event_type === REPLY_METADATA ? readPayload(own.event_payload) : {};
      if (user === botUserId && payload.key === key && payload.turn === turn) found = ts as SlackTs;
    }
    return found;
  }

  async findOpenStreams(since: number): Promise<SlackTs[]> {
    const open: SlackTs[] = [];
    for await (const message of this.#readThread()) {
      // Slack sends `streaming_state` on bot messages; the SDK's types lack it.
      const { streaming_state: state, ts = '' } = message as { streaming_state?: string; ts?: string };
      if (message.user !== this.#deps.botUserId || state === undefined) continue;
      const isLost = message.metadata?.event_type !== REPLY_METADATA && isAfter(ts, since);
      if (state === 'in_progress' || isLost) open.push(ts as SlackTs);
    }
    return open;
  }

  #metadata(key: string) {
    return { event_type: REPLY_METADATA, event_payload: { key, turn: this.#deps.turn } };
  }

  async #write(method: string, priority: WriteClass, send: () => Promise<unknown>): Promise<void> {
    await this.#deps.pacer.write({ method, class: () => priority, thread: this.#thread }, send);
  }

  async *#readThread() {
    const { reader, place, turn } = this.#deps;
    // Nothing of a turn stands before the message that began it: however long the thread, a page or two tell.
    const [oldest] = /^\d{10}\.\d{6}/.exec(turn) ?? [];
    let cursor: string | undefined;
    do {
      const page = await reader.conversations.replies({
        channel: place.channel,
        ts: place.root,
        limit: 200,
        include_all_metadata: true,
        ...(oldest === undefined ? {} : { oldest }),
        ...(cursor ? { cursor } : {}),
      });
      yield* page.messages ?? [];
      cursor = page.response_metadata?.next_cursor;
    } while (cursor);
  }
}

/**
 * As the JSON that it goes out as, which Slack's methods take. Of an object the client makes a copy for a log line that
 * nobody reads, and looks for two patterns in each name in it.
 */
function written<Part extends object>(part: Part): Part {
  return JSON.stringify(part) as unknown as Part;
}

/** As far as our clock and Slack's agree. */
function isAfter(ts: string, since: number): boolean {
  return Number.parseFloat(ts) * 1_000 >= since - CLOCKS_APART_MS;
}

function readPayload(payload: unknown): { key?: unknown; turn?: unknown } {
  return typeof payload === 'object' && payload !== null ? payload : {};
}
