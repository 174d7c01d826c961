import type { Clock } from '../clock.ts';
import { type Allowance, createAllowance } from '../thread/allowance.ts';

/** What the organisation may ask of the agents API in a minute, this process and all its other programs together. */
export interface Limits {
  /** Opening a stream, reading and listing. */
  reads: number;
  /** Making sessions, and sending to them. */
  creates: number;
}

/** Documented for every organisation; Anthropic raises them for some. That sending counts as creating is assumed. */
export const LIMITS: Limits = { reads: 1_200, creates: 300 };

/** Some are left for what is not counted here. */
const SHARE = 0.95;
/** A limit by the minute may be enforced by the second: no more than three seconds' worth come at once. */
const BURST_S = 3;

export interface Allowances {
  reads: Allowance;
  creates: Allowance;
}

export function createAllowances(clock: Clock, limits: Limits = LIMITS): Allowances {
  const of = (perMinute: number) => {
    const burst = Math.max(1, Math.floor((perMinute / 60) * BURST_S));
    return createAllowance({ clock, perMinute: perMinute * SHARE, burst, kept: Math.floor(burst / 2) });
  };
  return { reads: of(limits.reads), creates: of(limits.creates) };
}
