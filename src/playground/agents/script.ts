import type { Clock } from '../../clock.ts';
import type { StopReason } from './session.ts';
import type { BroughtFile, ShownBlock, Words } from './words.ts';

/** One way the scripted agent behaves; the first script that matches a message answers it. */
export interface Script {
  name: string;
  /** What to type to get it, for the README and the help answer; empty for the default. */
  trigger: string;
  /** One line on what it shows. */
  shows: string;
  /** `files` is what the message says it brings. */
  matches(text: string, files: readonly BroughtFile[]): boolean;
  run(agent: ScriptedTurn): Promise<void>;
}

export interface ToolOptions {
  /** Overrides what the session's agent is configured to do for this tool. */
  permission?: 'allow' | 'ask' | 'deny';
  output?: string;
  /** How long the tool runs, at pace 1. */
  ms?: number;
  isError?: boolean;
}

interface ScriptedCall {
  name: string;
  input: Record<string, unknown>;
  /** One of the client's own tools. */
  custom?: boolean;
  options?: ToolOptions;
}

export interface ToolOutcome {
  /** False when people, or the policy, denied the call, and for an error result of the client. */
  allowed: boolean;
  denyMessage?: string;
}

export interface CustomAnswer {
  text: string;
  isError: boolean;
}

interface SeenFile {
  mimeType: string;
  bytes: Blob;
}

export interface MountedFile extends SeenFile {
  path: string;
  name: string;
}

/** The files of a session, with their real bytes. */
export interface ScriptedFiles {
  /** In the order in which they were mounted. */
  mounted(): MountedFile[];
  /** What an image or document block shows. */
  shown(block: ShownBlock): SeenFile;
  /** Names of what was written to the outputs so far, in that order, a name again for each time. */
  written(): string[];
  /** Writes to the outputs. */
  write(file: { name: string; mimeType: string; bytes: Uint8Array }): Promise<void>;
}

export interface SayOptions {
  /** Characters per delta. */
  chunk?: number;
  /** Time between deltas, at pace 1. */
  everyMs?: number;
  /** Follow the clock alone and ignore the pace. */
  unpaced?: boolean;
}

interface SessionError {
  type: string;
  message: string;
  [field: string]: unknown;
}

/** What a script can do inside a turn. Everything that waits rejects when the turn is interrupted. */
export interface ScriptedTurn extends Words {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly session: { id: string; title: string | null; files: ScriptedFiles };
  think(): Promise<void>;
  /** Streams the text as previews, then sends the message. */
  say(text: string, options?: SayOptions): Promise<void>;
  tool(name: string, input: Record<string, unknown>, options?: ToolOptions): Promise<ToolOutcome>;
  /** Several at once: those that ask wait together, and none runs before all are decided. */
  tools(calls: ScriptedCall[]): Promise<ToolOutcome[]>;
  mcpTool(server: string, name: string, input: Record<string, unknown>, options?: ToolOptions): Promise<ToolOutcome>;
  /** Asks the client to run a tool and waits, without limit, for its result. */
  customTool(name: string, input: Record<string, unknown>): Promise<CustomAnswer>;
  customTools(calls: { name: string; input: Record<string, unknown> }[]): Promise<CustomAnswer[]>;
  /** Waits at the server's pace. */
  wait(ms: number): Promise<void>;
  /** What people said while this turn ran. A script that asks is responsible for answering the news. */
  heard(): { all: Words[]; news: Words[] };
  /** A session.error that the server handles by itself. */
  error(error: SessionError): Promise<void>;
  exhaust(error: SessionError): Promise<never>;
  terminate(error: SessionError): Promise<never>;
  refuse(details?: { category?: string | null; explanation?: string | null }): Promise<never>;
  /** Ends the turn with any stop reason, known or not. */
  stop(reason: StopReason): Promise<never>;
  reschedule(ms: number): Promise<void>;
  spendBudget(): void;
  /** Any event, also one no client knows. */
  emit(type: string, fields?: Record<string, unknown>): void;
  /** A child thread that asks for permission while the session stays running. */
  child(options: { agentName: string; command: string; output: string }): Promise<ToolOutcome>;
}
