import { sleep } from '../../src/clock.ts';
import { NOT_STARTED } from './child/passages.ts';
import { type Life, startLife } from './life.ts';
import { createPerson, type Person, Stuck } from './person.ts';
import type { Plan } from './plan.ts';
import { cause } from './troubles.ts';
import { judge, judgeAudit, type Verdict } from './verdict.ts';
import { startWorld, type World } from './world.ts';

export interface Outcome {
  plan: Plan;
  /** What was promised and did not hold; empty when all did. */
  failures: string[];
  /** Where its processes died, as `point#passage`, or `outside`. */
  deaths: string[];
  /** How often each point was passed by the last process. */
  passed: [string, number][];
  /** What the processes and the thread said. */
  log: string;
}

/** How many times as fast as real time a run goes. More, and a busy machine looks like a platform that is down. */
export const SPEED = 10;
/** Longer than anything that is tried again, and than Slack's last try to deliver. */
const PATIENCE_MS = 1_200_000;
/** How long nothing may go wrong any more once all is well. */
const CALM_MS = 1_500;
/** A supervisor gives up at last. */
const MOST_STARTS = 8;

/** One conversation with the bot, whose process dies as planned; then the servers are asked what came of it. */
export async function run(plan: Plan, { speed }: { speed: number } = { speed: SPEED }): Promise<Outcome> {
  const world = await startWorld({ seed: plan.seed, speed });
  const person = createPerson(world, { place: plan.place, patienceMs: PATIENCE_MS });
  const lives = superviseLives(plan, world);
  const failures: string[] = [];
  let passed: Outcome['passed'] = [];
  try {
    cause(plan.troubles, world);
    await lives.connected;
    await plan.conversation.talk(person);
    failures.push(...(await settled(plan, { person, world })));
    passed = (await lives.passed()) ?? [];
  } catch (error) {
    failures.push(...judge({ ...plan, person, world }).wrong, ...judge({ ...plan, person, world }).missing);
    failures.push(error instanceof Stuck ? error.message : String(error instanceof Error ? error.stack : error));
  }
  await lives.end();
  failures.push(...lives.complaints(), ...(await judgeAudit(world)));
  const log = failures.length > 0 ? `${lives.log()}\n${told(person, world)}` : '';
  await world.stop();
  return { plan, failures, deaths: lives.deaths, passed, log };
}

/** Resolves with what does not hold once nothing goes on any more; empty when all is well, and well a while later. */
async function settled(plan: Plan, { person, world }: { person: Person; world: World }): Promise<string[]> {
  for (;;) {
    const { wrong, missing } = await once(plan, { person, world });
    if (wrong.length > 0 || missing.length > 0) return [...wrong, ...missing];
    await sleep(world.clock, CALM_MS);
    const later = judge({ ...plan, person, world });
    if (later.wrong.length > 0) return later.wrong;
    if (later.missing.length === 0) return [];
  }
}

async function once(plan: Plan, { person, world }: { person: Person; world: World }) {
  let verdict: Verdict | null = null;
  try {
    await person.until('all is well', () => {
      // To judge takes long, and all is not well before the session is put down.
      if (world.agents.records().openStreams > 0) return false;
      verdict = judge({ ...plan, person, world });
      return verdict.wrong.length > 0 || verdict.missing.length === 0;
    });
  } catch (error) {
    if (!(error instanceof Stuck)) throw error;
  }
  return verdict ?? judge({ ...plan, person, world });
}

interface Lives {
  /** Resolves when the first one is connected, or has died. */
  connected: Promise<void>;
  deaths: string[];
  passed(): Promise<Outcome['passed']> | undefined;
  complaints(): string[];
  log(): string;
  /** Kills the one that lives, and starts no more. */
  end(): Promise<void>;
}

/** Starts one process after another, as a supervisor does: those that die as planned, and one that is left alive. */
function superviseLives({ lives: planned }: Plan, { env, speed, startedAt, clock }: World): Lives {
  const deaths: string[] = [];
  const lives: Life[] = [];
  const ending = new AbortController();
  let starts = 0;
  let crashes = 0;
  const start = (index: number) => {
    const { death = null, killedAfterMs = null } = planned[index] ?? {};
    const life = startLife({ env, orders: { speed, startedAt, death } });
    lives.push(life);
    const cancel = killedAfterMs === null ? () => {} : clock.after(killedAfterMs, life.kill);
    return { life, cancel };
  };
  const first = start(0);
  const supervise = async () => {
    let index = 0;
    for (let { life, cancel } = first; ; ) {
      const { at, exitCode } = await life.ended;
      cancel();
      if (ending.signal.aborted) return;
      if (exitCode === null) deaths.push(at ?? 'outside');
      else if (exitCode === NOT_STARTED) starts += 1;
      else crashes += 1;
      if (crashes > 0 || starts > MOST_STARTS) return;
      await sleep(clock, planned[index]?.awayMs ?? 1_000, ending.signal);
      if (ending.signal.aborted) return;
      // One that could not start, as it may when Slack refuses it, is started again as it was.
      if (exitCode === null) index += 1;
      ({ life, cancel } = start(index));
    }
  };
  const over = supervise();
  return {
    connected: first.life.connected,
    deaths,
    passed: () => lives.at(-1)?.passed(),
    complaints: () => [
      ...(crashes > 0 ? ['the process ended by itself'] : []),
      ...(starts > MOST_STARTS ? [`the process could not start ${starts} times`] : []),
    ],
    log: () => lives.map((life, index) => `--- life ${index + 1}\n${life.log()}`).join('\n'),
    async end() {
      ending.abort();
      lives.at(-1)?.kill();
      await over;
    },
  };
}

function told(person: Person, { slack, startedAt }: World): string {
  const calls = slack.calls().map(({ method, args, at, response }) => {
    return `${at - startedAt} ${method} ${JSON.stringify(args).slice(0, 200)} ${JSON.stringify(response).slice(0, 80)}`;
  });
  const thread = person.thread().map((message) => JSON.stringify(message));
  const events = person.events().map((event) => JSON.stringify(event).slice(0, 300));
  return ['--- calls', ...calls, '--- thread', ...thread, '--- session', ...events].join('\n');
}
