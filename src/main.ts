#!/usr/bin/env node
/** The process edge: arguments, environment, signals and exit codes. Nothing else reads `process.env` or exits. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { createLog } from './ops/log.ts';
import { startPlayground } from './playground/start.ts';
import { SlackSetupError } from './slack/setup-error.ts';
import { StoreError, storeError } from './store/store-error.ts';
import { ToolError } from './tools/tool-error.ts';

const USAGE = `Drawbridge: every Slack thread is a session with a hosted agent.

Usage: drawbridge [--playground]

  --playground  a local Slack in the browser instead of a real one; with real
                Anthropic settings the page talks to the real agent
  --version     print the version
  --help        print this

Settings come from the environment, .env and manifest/bridge.yaml; the README lists them.
Without any Slack and Anthropic settings the playground starts by itself.
`;

/** Set-up that a person must change: one message, exit code 2. */
const EXIT_SETUP = 2;
const EXIT_FAILED = 1;
/** A supervisor kills after 10 s or more; by then everything is clean or cannot be cleaned. */
const STOP_WITHIN_MS = 9_000;

interface Running {
  stop(): Promise<void>;
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return void process.stdout.write(USAGE);
  if (options.version) return void process.stdout.write(`${version()}\n`);

  const config = loadConfig({
    env: { ...readEnvFile(), ...process.env },
    readFile: (path) => readFileSync(path, 'utf8'),
    playground: options.playground,
  });
  const log = createLog({ level: config.logLevel });
  const onFatal = (error: unknown, message: string) => {
    log.fatal({ err: error }, message);
    process.exit(EXIT_FAILED);
  };
  process.on('unhandledRejection', (error) => onFatal(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => onFatal(error, 'uncaught exception'));

  const running = await start(config, { log, onFatal: (error) => onFatal(error, 'cannot go on') });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(running, log));
}

interface StartOptions {
  log: Logger;
  onFatal(error: Error): void;
}

async function start(config: Config, options: StartOptions): Promise<Running> {
  if (config.mode === 'playground') return startWithPlayground(config, options);
  const app = createApp(config, options);
  await app.start();
  options.log.info('Drawbridge is connected to Slack');
  return app;
}

async function startWithPlayground(config: Extract<Config, { mode: 'playground' }>, options: StartOptions) {
  const playground = await startPlayground({ port: config.port, agents: config.agents });
  // The local Slack begins empty each time, so what we remember of its threads must not outlive it. Its port is ours
  // alone, hence the folder too.
  const dataFolder = join(config.dataFolder, `playground-${new URL(playground.url).port}`);
  try {
    rmSync(dataFolder, { recursive: true, force: true });
  } catch (error) {
    throw storeError(config.dataFolder, error);
  }
  const { slack, agents } = playground;
  const bot = createApp({ slack, agents, dataFolder, renderers: config.renderers }, options);
  await bot.start();
  process.stdout.write(welcome(playground.url, config.agents !== null));
  return {
    async stop() {
      await bot.stop();
      await playground.stop();
    },
  };
}

function welcome(url: string, isReal: boolean): string {
  const who = isReal ? 'the real agent of your settings' : 'a scripted agent; nothing leaves this machine';
  return `\nDrawbridge playground: ${url.replace('127.0.0.1', 'localhost')}\nA local Slack with ${who}. Stop it with Ctrl+C.\n\n`;
}

async function stop(running: Running, log: Logger): Promise<void> {
  log.info('stopping');
  setTimeout(() => {
    log.error('could not stop cleanly in time');
    process.exit(EXIT_FAILED);
  }, STOP_WITHIN_MS).unref();
  await running.stop();
  log.info('stopped');
  process.exit(0);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      playground: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

/** `.env` in the working folder, if there is one; the environment itself wins over it. */
function readEnvFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`.env cannot be read (${why}): make it a readable file, or move it away`]);
  }
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}

/** One clear line for what a person can put right, the whole story for what is our fault. */
function explain(error: unknown): { message: string; exitCode: number } {
  const isSetup = [ConfigError, StoreError, SlackSetupError, ToolError].some((kind) => error instanceof kind);
  if (isSetup && error instanceof Error) return { message: error.message, exitCode: EXIT_SETUP };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return {
      message: `PORT cannot be used (${message}): set PORT to a free one, or to 0 for any`,
      exitCode: EXIT_SETUP,
    };
  }
  if (code.startsWith('ERR_PARSE_ARGS')) return { message: `${message}\n\n${USAGE}`, exitCode: EXIT_SETUP };
  return { message: error instanceof Error ? (error.stack ?? message) : message, exitCode: EXIT_FAILED };
}

main().catch((error: unknown) => {
  const { message, exitCode } = explain(error);
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
});
