import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a process ended: `exitCode` null when a signal ended it. */
interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** `node dist/main.js` as a user or a supervisor runs it. */
export interface BuiltBot {
  pid: number;
  /** Resolves with the match once what was written to stdout or stderr matches; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** All that it wrote so far. */
  written(): string;
  signal(signal: NodeJS.Signals): void;
  ended(): Promise<Ended>;
}

export interface BuiltBotOptions {
  args?: string[];
  env?: Record<string, string>;
  /** All that stdin holds; without it, there is none. */
  stdin?: string;
}

/** A test runner that is killed can end nobody: so the process ends itself when the channel to its parent breaks. */
const NO_ORPHAN = "process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); process.channel.unref();";

/** Starts the built process in `folder`, which has no settings of its own; nothing of the caller's environment but PATH reaches it. */
export function startBuiltBot(folder: string, { args = [], env = {}, stdin }: BuiltBotOptions = {}): BuiltBot {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run npm run build first (npm test does)');
  const { PATH = '' } = process.env;
  const preload = `data:text/javascript,${encodeURIComponent(NO_ORPHAN)}`;
  const child = spawn(process.execPath, ['--import', preload, MAIN, ...args], {
    cwd: folder,
    env: { PATH, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'ipc'],
  });
  child.stdin?.end(stdin);
  const written = { stdout: '', stderr: '' };
  const ended = collect(child, written);
  return {
    pid: child.pid ?? 0,
    async printed(pattern) {
      let over = false;
      void ended.then(() => {
        over = true;
      });
      for (;;) {
        const match = pattern.exec(written.stdout + written.stderr);
        if (match) return match;
        if (over) throw new Error(`ended before it printed ${pattern}:\n${written.stdout}${written.stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    written: () => written.stdout + written.stderr,
    signal: (signal) => void child.kill(signal),
    ended: () => ended,
  };
}

async function collect(child: ChildProcess, written: { stdout: string; stderr: string }): Promise<Ended> {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...written };
}

/** An empty folder of this test alone. */
export function createFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
