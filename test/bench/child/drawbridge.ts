/** The bot as a process of its own: the app of `src/app.ts` as `main.ts` starts it, which tells the rig what it uses. */
import { readFileSync } from 'node:fs';
import { createApp } from '../../../src/app.ts';
import { realClock } from '../../../src/clock.ts';
import { loadConfig } from '../../../src/config.ts';
import { giveBackAtRest } from '../../../src/ops/give-back.ts';
import { createLog } from '../../../src/ops/log.ts';
import { keepHeapSmall } from '../../../src/ops/small-heap.ts';
import { builtInTools } from '../../../src/tools/built-in-tools.ts';
import { answerUsage } from './usage.ts';

const config = loadConfig({ env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
if (config.mode === 'playground') throw new Error('the settings of the servers are missing');
const log = createLog({ level: config.logLevel });
const onFatal = (error: unknown) => {
  log.fatal({ err: error }, 'cannot go on');
  process.exit(1);
};
answerUsage();
keepHeapSmall();
const app = createApp({ ...config, tools: builtInTools() }, { log, onFatal });
app.start().then(() => {
  giveBackAtRest({ isAtRest: app.isAtRest, clock: realClock });
  process.send?.({ connected: true });
}, onFatal);
