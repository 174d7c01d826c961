import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Usage } from './child/usage.ts';

/** A bot in a process of its own. */
export interface Bot {
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

const LOG_KEPT = 20_000;

/** Resolves when the bot is connected to Slack; rejects with what it wrote when it ends before. */
export async function startBot(path: string, env: Record<string, string>): Promise<Bot> {
  const { PATH = '' } = process.env;
  const child = fork(path, [], {
    env: { PATH, ...env, ...JSON.parse(process.env.PROBE_ENV ?? '{}') },
    execArgv: JSON.parse(process.env.PROBE_ARGS ?? '[]'),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-LOG_KEPT);
    });
  }
  const ended = once(child, 'close').then(() => {
    throw new Error(`the bot ended:\n${log}`);
  });
  // Heard by whoever waits for something.
  ended.catch(() => {});
  await Promise.race([told(child, 'connected'), ended]);
  return {
    async usage() {
      const answer = told(child, 'usage');
      child.send('usage');
      return (await Promise.race([answer, ended])) as Usage;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}

function told(child: ChildProcess, field: string): Promise<unknown> {
  return new Promise((resolve) => {
    const listen = (message: Record<string, unknown>) => {
      if (!(field in message)) return;
      child.off('message', listen);
      resolve(message[field]);
    };
    child.on('message', listen);
  });
}
