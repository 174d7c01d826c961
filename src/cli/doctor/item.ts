import type { Facts } from './facts.ts';

/** One thing that a check has to say. */
export type Item = Fine | Unknown | Finding;

interface Fine {
  state: 'fine';
  says: string;
}

/** It could not be looked at. */
interface Unknown {
  state: 'unknown';
  says: string;
  why: string;
}

/** `problem`: Drawbridge does not start, or fails people. `warning`: it works, and somebody should look at it. */
interface Finding {
  state: 'problem' | 'warning';
  /** Names the finding for ever, for machines. */
  code: string;
  says: string;
  why: string;
  todo: string;
}

/** Pure: all that it knows are the facts. Nothing, where there is nothing to look at. */
export type Check = (facts: Facts) => Item[];

type Words = Pick<Finding, 'says' | 'why' | 'todo'>;

export const fine = (says: string): Fine => ({ state: 'fine', says });
export const unknown = (says: string, why: string): Unknown => ({ state: 'unknown', says, why });
export const problem = (code: string, words: Words): Finding => ({ state: 'problem', code, ...words });
export const warning = (code: string, words: Words): Finding => ({ state: 'warning', code, ...words });
