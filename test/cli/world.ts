import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { runCli } from '../../src/cli/run.ts';
import type { World } from '../../src/cli/world.ts';
import { builtInTools } from '../../src/tools/built-in-tools.ts';
import { loadTools } from '../../src/tools/load-folder.ts';

export interface Ran {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command as the process would; what a test says of the world comes instead of the real one. */
export async function runInWorld(args: string[], parts: Partial<World>): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const exitCode = await runCli(args, {
    env: () => ({}),
    async print(text) {
      written.stdout += text;
    },
    complain(text) {
      written.stderr += text;
    },
    readFile: (path) => readFileSync(path, 'utf8'),
    writeFile: (path, text) => writeFileSync(path, text),
    now: () => Date.now(),
    version: '1.2.3',
    node: { version: process.versions.node, needed: '>=20.19' },
    async loadTools(folder) {
      const importModule = (path: string) => import(pathToFileURL(path).href);
      return [...builtInTools(), ...(folder === null ? [] : await loadTools(folder, { importModule }))];
    },
    startBot,
    readStdin: async () => '',
    terminal: { input: new PassThrough(), output: new PassThrough(), isInteractive: false },
    envFile: '.env',
    async start() {},
    ...parts,
  });
  return { exitCode, ...written };
}

export const startBot: World['startBot'] = async (settings, options = {}) => {
  const log = pino({ level: 'silent' });
  const app = createApp({ ...settings, tools: builtInTools() }, { ...options, log, onFatal() {} });
  await app.start().catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  return app;
};
