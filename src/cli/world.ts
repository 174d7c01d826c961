import type { Clock } from '../clock.ts';
import type { AgentsConfig, Config, SlackConfig } from '../config.ts';
import type { Tool } from '../thread/gate-ports.ts';
import type { SelfTest } from '../thread/self-test.ts';
import type { Terminal } from './setup/terminal-talk.ts';

/** What a command may touch besides the files it is told to read. */
export interface World {
  /** The environment with `.env` under it. Throws a ConfigError when that cannot be read. */
  env(): Record<string, string | undefined>;
  /** To stdout; resolves when more may come. */
  print(text: string): Promise<void>;
  /** To stderr. */
  complain(text: string): void;
  /** Returns a file's text, or throws the error that `fs.readFileSync` throws. */
  readFile(path: string): string;
  /** Writes a file whole: whoever reads it meanwhile, or after a crash, has the old text or the new one. */
  writeFile(path: string, text: string): void;
  /** All of stdin, to its end. */
  readStdin(): Promise<string>;
  terminal: Terminal;
  /** Where `.env` is. */
  envFile: string;
  /** ms since the epoch. */
  now(): number;
  version: string;
  node: { version: string /** As `package.json` has it, `>=20.19`. */; needed: string };
  /** The built-in custom tools, and those of the folder. Rejects with a ToolError. */
  loadTools(folder: string | null): Promise<Tool[]>;
  /** Starts a bot that this command ends itself, and resolves once it runs. It logs nothing. */
  startBot(settings: BotSettings, options?: { takesIn?: boolean; clock?: Clock }): Promise<Bot>;
  /** Starts the bot and resolves once it runs. */
  start(options: StartOptions): Promise<void>;
}

export interface StartOptions {
  playground: boolean;
  /** What people and sessions do is written to this file or folder. */
  record?: { path: string; keepsText: boolean };
}

type Common = Pick<
  Config,
  'dataFolder' | 'toolsFolder' | 'renderers' | 'gate' | 'files' | 'agentLimits' | 'catchUp' | 'host' | 'port'
>;

export interface BotSettings extends Common {
  slack: SlackConfig;
  agents: AgentsConfig;
}

export interface Bot {
  selfTest: SelfTest;
  stop(): Promise<void>;
}
