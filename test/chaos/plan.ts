import { type Chance, createChance } from './chance.ts';
import type { Death } from './child/passages.ts';
import { CONVERSATIONS, type Conversation } from './conversations.ts';
import type { Place } from './person.ts';
import { pickTroubles, type Trouble } from './troubles.ts';

/** All that is to happen in one run; what does happen depends on nothing else but the order in which things come. */
export interface Plan {
  /** How it is asked for again. */
  replay: string;
  seed: number;
  conversation: Conversation;
  place: Place;
  /** One after another; the process that follows them all is left alive. */
  lives: LifePlan[];
  troubles: Trouble[];
}

interface LifePlan {
  death: Death | null;
  /** Clock time after which it is killed from outside, wherever it is; null: not. */
  killedAfterMs: number | null;
  /** Clock time until the next one is started. */
  awayMs: number;
}

export const PLACES: readonly Place[] = ['channel', 'dm'];

const ONE_IN = [10, 30, 100, 300];
const AWAY_MS = [0, 0, 0, 2_000, 30_000];
const LONGEST_LIFE_MS = 15_000;

/** Dies at one point, and once only. */
export function walkedPlan(conversation: Conversation, { place, death }: { place: Place; death: Death | null }): Plan {
  const at = death && 'point' in death ? ` --at '${death.point}#${death.passage}'` : '';
  return {
    replay: `--conversation ${conversation.name}/${place}${at}`,
    seed: 0,
    conversation,
    place,
    lives: death === null ? [] : [{ death, killedAfterMs: null, awayMs: 0 }],
    troubles: [],
  };
}

export function randomPlan(seed: number, only?: { conversation: Conversation; place: Place }): Plan {
  const chance = createChance(seed);
  const picked = { conversation: chance.pick(CONVERSATIONS), place: chance.pick(PLACES) };
  const { conversation, place } = only ?? picked;
  return {
    replay: `--seed ${seed}${only ? ` --conversation ${conversation.name}/${place}` : ''}`,
    seed,
    conversation,
    place,
    lives: Array.from({ length: chance.below(4) }, () => pickLife(chance)),
    troubles: chance.oneIn(3) ? [] : pickTroubles(chance),
  };
}

function pickLife(chance: Chance): LifePlan {
  const death = { seed: chance.below(2 ** 31), oneIn: chance.pick(ONE_IN) };
  const killedAfterMs = chance.below(LONGEST_LIFE_MS);
  const awayMs = chance.pick(AWAY_MS);
  return chance.oneIn(4) ? { death: null, killedAfterMs, awayMs } : { death, killedAfterMs: null, awayMs };
}
