import { WebAPIRateLimitedError } from '@slack/web-api';
import { pino } from 'pino';
import { createPacer, type PacerOptions, type Write } from '../../../src/slack/pacer/pacer.ts';
import type { WriteClass } from '../../../src/slack/pacer/queue.ts';
import { manualClock } from '../../playground/slack/manual-clock.ts';

/** Everything that has been asked for is done, as far as it needs no time. */
export const settle = () => new Promise(setImmediate);

export type Wish = Partial<Omit<Write, 'class'>> & { class?: WriteClass | Write['class'] };

/** A pacer and a clock that goes on by hand; writes tell when they went out. */
export function setUp({ limits = 'slack' }: Partial<PacerOptions> = {}) {
  const clock = manualClock();
  const pacer = createPacer({ clock, log: pino({ level: 'silent' }), limits });
  const began = clock.now();
  /** What went out: its name and how many ms after the beginning. */
  const sent: [name: string, ms: number][] = [];

  const write = (name: string, { class: rank = 'progress', thread = 't1', ...kind }: Wish = {}) => {
    const where = { method: 'chat.postMessage', channel: 'C1', thread, ...kind };
    return pacer.write({ ...where, class: typeof rank === 'function' ? rank : () => rank }, async () => {
      sent.push([name, clock.now() - began]);
      return name;
    });
  };

  return {
    clock,
    pacer,
    sent,
    names: () => sent.map(([name]) => name),
    write,
    /** So many at once, all of them alike. */
    burst: (count: number, wish: Wish) => Array.from({ length: count }, (_, index) => write(`${index + 1}`, wish)),
    /** Slack refuses once, `seconds` long, whatever is written like this. */
    refuse(seconds: number, { class: rank = 'final', thread = 't1', ...kind }: Wish = {}) {
      let calls = 0;
      const where = { method: 'chat.postMessage', channel: 'C1', thread, ...kind };
      return pacer.write({ ...where, class: typeof rank === 'function' ? rank : () => rank }, async () => {
        calls += 1;
        if (calls === 1) throw new WebAPIRateLimitedError(seconds);
        sent.push(['refused', clock.now() - began]);
        return 'refused';
      });
    },
    /** Lets time pass, step by step, so that what follows from one thing happens before the next. */
    async pass(ms: number, step = 50) {
      await settle();
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(Math.min(step, ms - passed));
        await settle();
      }
    },
  };
}

/** An edit, whose budget is the whole workspace's. */
export const EDIT = { method: 'chat.update', channel: undefined } as unknown as Wish;
