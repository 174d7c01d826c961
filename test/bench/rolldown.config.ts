import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'rolldown';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = here('../../node_modules/.cache/drawbridge-bench');

/** A bot in one file. */
const bot = (name: string, input: string): BuildOptions => ({
  input: here(input),
  platform: 'node',
  // A native module.
  external: 'libsql',
  output: { file: `${folder}/${name}.cjs`, format: 'cjs', codeSplitting: false, sourcemap: true },
  checks: { eval: false, commonJsVariableInEsm: false },
});

/** The rig and the bots that it starts. */
const config: BuildOptions[] = [
  {
    input: here('main.ts'),
    platform: 'node',
    external: /^[^./]/,
    output: { file: `${folder}/main.js`, format: 'esm', codeSplitting: false },
  },
  bot('drawbridge', 'child/drawbridge.ts'),
  bot('stream', 'baselines/stream.ts'),
  bot('edit', 'baselines/edit.ts'),
];

export default config;
