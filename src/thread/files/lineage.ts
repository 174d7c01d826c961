import type { FileId } from '../file-ports.ts';
import type { Registry } from '../gate-ports.ts';
import type { SessionId, ThreadId } from '../ids.ts';

/** Which Slack file became which mount, and which output version stands in Slack: what neither side can tell. */
interface Lineage {
  sources: Source[];
  outputs: Posted[];
  /** Outputs that nobody gets to see: empty ones, told once; and those that were written again before they were shown. */
  skipped: FileId[];
}

/** A file that people gave to the thread's agent. */
export interface Source {
  /** Slack's id; null when the message did not say. */
  slackId: string | null;
  /** As people call it. */
  title: string;
  /** The name it has below the uploads folder; unique in the thread. */
  name: string;
  mimetype: string;
  /** Bytes. */
  size: number;
  sha256: string;
  isText: boolean;
  fileId: FileId;
  /** The sessions that have it. */
  mounts: SessionId[];
}

/** A file of the agent's that was given to people. */
export interface Posted {
  name: string;
  /** Counted from 1, by name. */
  version: number;
  size: number;
  sha256: string;
  /** The Files API's id of what was posted. */
  outputId: FileId;
  slackId: string;
  /**
   * `sent`: Slack has the bytes, and nobody sees them · `sharing`: their message was asked for, and may stand by now ·
   * `shared`: it stands in the thread.
   */
  state: 'sent' | 'sharing' | 'shared';
  shape: Shape | null;
}

/** What a text looks like from afar, to say what has changed. */
export interface Shape {
  lines: number;
  /** Of a CSV: its columns. */
  columns: number | null;
}

export interface Lineages {
  load(thread: ThreadId): Promise<Lineage>;
  change(thread: ThreadId, change: (before: Lineage) => Lineage): Promise<Lineage>;
}

const NOTHING: Lineage = { sources: [], outputs: [], skipped: [] };

export function createLineages(registry: Registry): Lineages {
  return {
    load: async (thread) => ((await registry.load(thread)) as Lineage | undefined) ?? NOTHING,
    change: async (thread, change) =>
      (await registry.change(thread, (before) => change((before as Lineage | undefined) ?? NOTHING))) as Lineage,
  };
}
