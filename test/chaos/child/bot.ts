/**
 * The bot as a process that dies where it is told to. It is the app of `src/app.ts` with the real settings, Bolt and
 * SDK; only its clock is another one, shared with the servers it runs against.
 */
import './watch-effects.ts';
import { readFileSync } from 'node:fs';
import { createApp } from '../../../src/app.ts';
import { type Clock, fastClock } from '../../../src/clock.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/ops/log.ts';
import { builtInTools } from '../../../src/tools/built-in-tools.ts';
import { type Death, dieAt, NOT_STARTED, pass, passed } from './passages.ts';

/** What the rig tells it, as JSON in `CHAOS`. */
export interface Orders {
  speed: number;
  /** When the clock that the servers share with it began, in ms since the epoch. */
  startedAt: number;
  death: Death | null;
}

const { CHAOS = '' } = process.env;
const { speed, startedAt, death } = JSON.parse(CHAOS) as Orders;
dieAt(death);
const shared = fastClock(speed, startedAt);
const clock: Clock = {
  now: shared.now,
  after: (ms, run) =>
    shared.after(ms, () => {
      pass('timer');
      run();
    }),
};
const log = createLog({ level: 'debug' });
const fail = (exitCode: number) => (error: unknown) => {
  log.fatal({ err: error }, 'cannot go on');
  process.exit(exitCode);
};
const onFatal = fail(1);
process.on('unhandledRejection', onFatal);
process.on('uncaughtException', onFatal);
// The rig itself was killed.
process.on('disconnect', () => process.exit());
process.on('message', () => process.send?.({ passed: passed() }));

const config = loadConfig({ env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
if (config.mode === 'playground') throw new Error('the settings of the servers are missing');
const app = createApp({ ...config, tools: builtInTools() }, { log, clock, onFatal });
app.start().then(() => process.send?.({ connected: true }), fail(NOT_STARTED));
