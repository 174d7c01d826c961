import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Orders } from './child/bot.ts';
import { LAST_WORDS } from './child/passages.ts';

/** One process of the bot, from its start to its death. */
export interface Life {
  /** Resolves when it is connected to Slack, or has ended. */
  connected: Promise<void>;
  ended: Promise<Ending>;
  /** How often each point was passed so far; nothing when it has ended. */
  passed(): Promise<[string, number][]>;
  /** Kills it from outside, wherever it is. */
  kill(): void;
  log(): string;
}

/** Where it died, as `point#passage`; null: not at a point. */
interface Ending {
  at: string | null;
  /** Null when a signal ended it. */
  exitCode: number | null;
}

const FOLDER = new URL('../../node_modules/.cache/drawbridge-chaos/', import.meta.url);

/** Where `rolldown.config.ts` puts what it bundles, whoever asks: the bundled rig or a test. */
const bundled = (name: string) =>
  fileURLToPath(new URL(name, import.meta.url.includes('.cache') ? import.meta.url : FOLDER));

export interface LifeOptions {
  env: Record<string, string>;
  orders: Orders;
}

export function startLife({ env, orders }: LifeOptions): Life {
  const { PATH = '' } = process.env;
  const child = fork(bundled('boot.cjs'), [bundled('bot.cjs')], {
    env: { PATH, ...env, CHAOS: JSON.stringify(orders) },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = once(child, 'close').then(([exitCode]) => {
    const at = log.split('\n').find((line) => line.startsWith(LAST_WORDS));
    return { at: at?.slice(LAST_WORDS.length) ?? null, exitCode: exitCode as number | null };
  });
  const told = (field: string) => heard(child, field);
  return {
    connected: Promise.race([told('connected'), ended]).then(() => {}),
    ended,
    async passed() {
      const answer = told('passed');
      // A process that ends meanwhile gives no answer.
      child.send('passed?', () => {});
      return ((await Promise.race([answer, ended.then(() => null)])) ?? []) as [string, number][];
    },
    kill: () => void child.kill('SIGKILL'),
    log: () => log,
  };
}

function heard(child: ChildProcess, field: string): Promise<unknown> {
  return new Promise((resolve) => {
    child.on('message', (message: Record<string, unknown>) => {
      if (field in message) resolve(message[field]);
    });
  });
}
