/**
 * What distinguishes two moments of a process's death is only what stands outside of it: its disk, Slack, the agents
 * API. So a point is the edge of one effect on these, or something that comes in; between two passages of points every
 * await is the same moment to whoever takes over.
 */
import { writeSync } from 'node:fs';

/** `sent`: on its way, and nobody has heard what came of it. */
export type Edge = 'before' | 'sent' | 'after';

/** When to die. By chance, the seed decides for each passage alone, so that it decides the same in another order. */
export type Death = { point: string; passage: number } | { seed: number; oneIn: number };

/** What it writes to stderr just before. */
export const LAST_WORDS = 'chaos: died at ';

/** The exit code of one that could not start: Slack may have refused it, and then a supervisor starts it again. */
export const NOT_STARTED = 2;

const passages = new Map<string, number>();
let death: Death | null = null;

export function dieAt(when: Death | null): void {
  death = when;
}

export function pass(effect: string, edge?: Edge): void {
  const point = edge === undefined ? effect : `${effect}:${edge}`;
  const passage = (passages.get(point) ?? 0) + 1;
  passages.set(point, passage);
  if (!isTheEnd(point, passage)) return;
  // What was written to a socket has left the process only when this turn of the event loop is over.
  if (edge === 'sent') setImmediate(() => die(point, passage));
  else die(point, passage);
}

/** How often each point was passed, in the order of their first passages. */
export function passed(): [string, number][] {
  return [...passages];
}

function isTheEnd(point: string, passage: number): boolean {
  if (death === null) return false;
  if ('point' in death) return death.point === point && death.passage === passage;
  return chance(`${death.seed} ${point} ${passage}`) < 1 / death.oneIn;
}

function die(point: string, passage: number): void {
  writeSync(2, `${LAST_WORDS}${point}#${passage}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** A number from 0 to 1 that looks random and is the same for the same text. */
function chance(text: string): number {
  let hash = 2_166_136_261;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
