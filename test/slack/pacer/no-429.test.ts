import { WebAPIRateLimitedError } from '@slack/web-api';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { sleep } from '../../../src/clock.ts';
import type { Tier } from '../../../src/playground/slack/method.ts';
import { createTiers } from '../../../src/playground/slack/tiers.ts';
import { createPacer } from '../../../src/slack/pacer/pacer.ts';
import { CLASSES } from '../../../src/slack/pacer/queue.ts';
import { manualClock } from '../../playground/slack/manual-clock.ts';
import { settle } from './hand.ts';

const METHODS: Record<string, Tier> = {
  'chat.postMessage': 'special',
  'chat.update': 3,
  'chat.startStream': 2,
  'chat.stopStream': 2,
  'chat.appendStream': 4,
  'reactions.remove': 2,
};

const write = fc.record({
  method: fc.constantFrom(...Object.keys(METHODS)),
  channel: fc.constantFrom('C1', 'C2'),
  thread: fc.constantFrom('a', 'b', 'c'),
  rank: fc.constantFrom(...CLASSES),
  /** Together with others, or by itself. */
  count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 })),
  /** How long after the one before, in ms. */
  after: fc.oneof(fc.constant(0), fc.integer({ max: 4_000 })),
  /** How long it takes to get to Slack, and back. */
  there: fc.integer({ max: 800 }),
  back: fc.integer({ max: 800 }),
});
const STEP_MS = 40;

test('whatever comes when, and however long it is on its way, Slack refuses nothing, and everything goes out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 25 }), async (writes) => {
      const clock = manualClock();
      const pacer = createPacer({ clock, log: pino({ level: 'silent' }), limits: 'slack' });
      const tiers = createTiers(clock);
      let [sent, refused, asked] = [0, 0, 0];
      const send = async ({ method, channel, there, back }: (typeof writes)[number]) => {
        await sleep(clock, there);
        const waitS = tiers.exceeded({ method, tier: METHODS[method] ?? 3, channel });
        await sleep(clock, back);
        if (waitS === undefined) sent += 1;
        else refused += 1;
        if (waitS !== undefined) throw new WebAPIRateLimitedError(waitS);
      };
      const pass = async (ms: number) => {
        for (let passed = 0; passed < ms; passed += STEP_MS) {
          clock.advance(STEP_MS);
          await settle();
        }
      };
      for (const each of writes) {
        const { method, channel, thread, rank, count, after } = each;
        await pass(after);
        asked += count;
        const kind = { method, ...(method === 'chat.postMessage' ? { channel } : {}) };
        for (let n = 0; n < count; n += 1) {
          void pacer.write({ ...kind, thread, class: () => rank }, () =>
            send({ ...each, there: (each.there * (n + 1)) % 800 }),
          );
        }
      }
      for (let step = 0; sent < asked && step < 3_000; step += 1) {
        clock.advance(1_000);
        await settle();
      }
      expect({ sent, refused }).toEqual({ sent: asked, refused: 0 });
    }),
    { numRuns: 60 },
  );
});
