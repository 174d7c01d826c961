import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'rolldown';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = here('../../node_modules/.cache/drawbridge-chaos');

/** The rig, and the bot that it starts: in one file, because a process that loads a thousand starts four times slower. */
const config: BuildOptions[] = [
  {
    input: here('main.ts'),
    platform: 'node',
    external: /^[^./]/,
    output: { file: `${folder}/main.js`, format: 'esm', codeSplitting: false },
  },
  {
    input: here('child/boot.ts'),
    platform: 'node',
    output: { file: `${folder}/boot.cjs`, format: 'cjs' },
  },
  {
    input: here('child/bot.ts'),
    platform: 'node',
    // A native module.
    external: 'libsql',
    output: { file: `${folder}/bot.cjs`, format: 'cjs', codeSplitting: false },
    checks: { eval: false, commonJsVariableInEsm: false },
  },
];

export default config;
