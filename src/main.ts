#!/usr/bin/env node
/** The process edge: arguments, environment, signals and exit codes. Nothing else reads `process.env` or exits. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { placeFindings } from './bridge-file.ts';
import { runCli } from './cli/run.ts';
import type { Bot, BotSettings, World } from './cli/world.ts';
import { realClock } from './clock.ts';
import { type Config, ConfigError, checkCustomTools, loadConfig, pathsOf } from './config.ts';
import { AuditError } from './gate/audit/audit-error.ts';
import { PolicyError } from './gate/check-start.ts';
import { giveBackAtRest } from './ops/give-back.ts';
import { createLog } from './ops/log.ts';
import { createRecorder, type Recorder } from './ops/recording/recorder.ts';
import { openWriter, RecordingError } from './ops/recording/writer.ts';
import { keepHeapSmall } from './ops/small-heap.ts';
import { startPlayground } from './playground/start.ts';
import { RouteError } from './sessions/check-routes.ts';
import { SlackSetupError } from './slack/setup-error.ts';
import { StoreError, storeError } from './store/store-error.ts';
import type { Tool } from './thread/gate-ports.ts';
import { builtInTools } from './tools/built-in-tools.ts';
import { loadTools } from './tools/load-folder.ts';
import { createTools } from './tools/registry.ts';
import { ToolError } from './tools/tool-error.ts';

/** Set-up that a person must change: one message, exit code 2. */
const EXIT_SETUP = 2;
const EXIT_FAILED = 1;
/** A supervisor kills after 10 s or more; by then everything is clean or cannot be cleaned. */
const STOP_WITHIN_MS = 9_000;

const ENV_FILE = '.env';

interface Running {
  stop(): Promise<void>;
}

async function main(): Promise<void> {
  const manifest = readManifest();
  const exitCode = await runCli(process.argv.slice(2), {
    env: readEnv,
    print: (text) => print(text),
    complain: (text) => void process.stderr.write(text),
    readFile: (path) => readFileSync(path, 'utf8'),
    writeFile: replaceFile,
    now: () => Date.now(),
    version: manifest.version,
    node: { version: process.versions.node, needed: manifest.engines.node },
    loadTools: allTools,
    startBot,
    readStdin: () => text(process.stdin),
    terminal: {
      input: process.stdin,
      output: process.stdout,
      isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    },
    envFile: ENV_FILE,
    start: run,
  });
  // What it printed has been taken; a request or a timer that nobody waits for any more must not hold up anybody.
  if (exitCode !== null) process.exit(exitCode);
}

async function run({ playground, record }: Parameters<World['start']>[0]): Promise<void> {
  const config = loadConfig({ env: readEnv(), readFile: (path) => readFileSync(path, 'utf8'), playground });
  const log = createLog({ level: config.logLevel });
  process.on('unhandledRejection', (error) => crash(error, { log, message: 'unhandled rejection' }));
  process.on('uncaughtException', (error) => crash(error, { log, message: 'uncaught exception' }));

  let isStopping = false;
  const stop = (exitCode: number) => {
    if (!isStopping) void stopCleanly(started, { log, exitCode });
    isStopping = true;
  };
  const started = start(config, {
    log,
    ...(record && { recorder: startRecorder(record, log) }),
    onFatal(error) {
      log.fatal({ err: error }, 'cannot go on');
      stop(explain(error).exitCode);
    },
  });
  let isAsked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isAsked) return leaveAtOnce({ signal }, { log, message: 'a second signal: leaving at once' });
    isAsked = true;
    log.info({ signal }, 'stopping');
    stop(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  await started;
}

function startRecorder(
  { path, keepsText }: NonNullable<Parameters<World['start']>[0]['record']>,
  log: Logger,
): Recorder {
  const now = () => Date.now();
  return createRecorder({ writer: openWriter(path, { now }), keepsText, now, log });
}

interface Last {
  log: Logger;
  message: string;
}

/** Nothing is known of our state any more: whoever starts us again picks up what was under way. */
function crash(error: unknown, { log, message }: Last): never {
  try {
    log.fatal({ err: error }, message);
  } catch {
    // Where the log goes may be what has failed.
    process.stderr.write(`${message}\n`);
  }
  process.exit(EXIT_FAILED);
}

function leaveAtOnce(fields: object, { log, message }: Last): never {
  log.error(fields, message);
  process.exit(EXIT_FAILED);
}

function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { flush: true });
  renameSync(fresh, path);
}

/** Resolves when stdout has taken it. Whoever reads it may stop reading, as `head` does: then there is no more to do. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error && 'code' in error && error.code === 'EPIPE') process.exit();
      if (error) reject(error);
      else resolve();
    });
  });
}

interface StartOptions {
  log: Logger;
  recorder?: Recorder;
  onFatal(error: Error): void;
}

async function start(config: Config, options: StartOptions): Promise<Running> {
  keepHeapSmall();
  const tools = await allTools(config.toolsFolder);
  if (config.mode === 'playground') return startWithPlayground(config, { ...options, tools });
  checkCustomTools(readEnv(), {
    readFile: (path) => readFileSync(path, 'utf8'),
    customTools: tools.map(({ name }) => name),
  });
  const app = createApp({ ...config, tools }, options);
  await app.start();
  options.log.info('Drawbridge is connected to Slack');
  const end = giveBackAtRest({ isAtRest: app.isAtRest, clock: realClock });
  return {
    async stop() {
      end();
      await app.stop();
    },
  };
}

async function startBot(settings: BotSettings, options: Parameters<World['startBot']>[1] = {}): Promise<Bot> {
  const tools = await allTools(settings.toolsFolder);
  const log = createLog({ level: 'silent' });
  // The command finds out by itself: nothing more comes of what it waits for.
  const app = createApp({ ...settings, tools }, { ...options, log, onFatal: () => {} });
  try {
    await app.start();
  } catch (error) {
    await app.stop();
    throw error;
  }
  return app;
}

/** The built-in tools, and those of the operator's folder, with names of their own. */
async function allTools(folder: string | null): Promise<Tool[]> {
  if (folder === null) return builtInTools();
  const importModule = (path: string) => import(pathToFileURL(path).href);
  const tools = [...builtInTools(), ...(await loadTools(resolve(folder), { importModule }))];
  createTools(tools);
  return tools;
}

async function startWithPlayground(
  config: Extract<Config, { mode: 'playground' }>,
  { tools, ...options }: StartOptions & { tools: Tool[] },
) {
  const playground = await startPlayground({ port: config.port, agents: config.agents });
  // The local Slack begins empty each time, so what we remember of its threads must not outlive it. Its port is ours
  // alone, hence the folder too.
  const dataFolder = join(config.dataFolder, `playground-${new URL(playground.url).port}`);
  try {
    rmSync(dataFolder, { recursive: true, force: true });
  } catch (error) {
    throw storeError(config.dataFolder, error);
  }
  const { slack } = playground;
  // Its one port is the page's.
  const agents = { ...playground.agents, webhookKey: null };
  const bot = createApp(
    {
      slack,
      agents,
      dataFolder,
      host: config.host,
      port: config.port,
      renderers: config.renderers,
      gate: config.gate,
      tools,
      files: config.files,
      catchUp: config.catchUp,
      agentLimits: config.agentLimits,
    },
    options,
  );
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

/** A process that is still starting is let do so first, within the same time. */
async function stopCleanly(
  started: Promise<Running>,
  { log, exitCode }: { log: Logger; exitCode: number },
): Promise<void> {
  setTimeout(() => leaveAtOnce({}, { log, message: 'could not stop cleanly in time' }), STOP_WITHIN_MS).unref();
  const running = await started.catch(() => null);
  // `main` says why it could not start.
  if (!running) return;
  await running.stop();
  log.info('stopped');
  process.exit(exitCode);
}

function readEnv(): NodeJS.Dict<string> {
  return { ...readEnvFile(), ...process.env };
}

/** `.env` in the working folder, if there is one; the environment itself wins over it. */
function readEnvFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(ENV_FILE, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`.env cannot be read (${why}): make it a readable file, or move it away`]);
  }
}

function readManifest(): { version: string; engines: { node: string } } {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
}

/** What a person can put right. */
const SETUP_ERRORS = [ConfigError, StoreError, AuditError, SlackSetupError, ToolError, RouteError, RecordingError];

/** One clear line for what a person can put right, the whole story for what is our fault. */
function explain(error: unknown): { message: string; exitCode: number } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PolicyError) return { message: placed(error), exitCode: EXIT_SETUP };
  if (SETUP_ERRORS.some((kind) => error instanceof kind)) return { message, exitCode: EXIT_SETUP };
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return {
      message: `PORT cannot be used (${message}): set PORT to a free one, or to 0 for any`,
      exitCode: EXIT_SETUP,
    };
  }
  return { message: error instanceof Error ? (error.stack ?? message) : message, exitCode: EXIT_FAILED };
}

/** What is wrong with the policy, with its places in the file. */
function placed({ findings, message }: PolicyError): string {
  try {
    const path = pathsOf(readEnv()).configFile;
    return new ConfigError(placeFindings(findings, { path, readFile: (name) => readFileSync(name, 'utf8') })).message;
  } catch {
    // The file may have been changed or taken away meanwhile.
    return message;
  }
}

main().catch((error: unknown) => {
  const { message, exitCode } = explain(error);
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
});
