import { build } from 'rolldown';
import { describe, expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { pool } from './pool.ts';
import config from './rolldown.config.ts';
import { type Outcome, run } from './run.ts';
import { recording, scenesNamed, shortWalk } from './walk.ts';

// The bot is a process: it is bundled as the long run bundles it.
await build(config);

/** Both renderers, a question, files; `npm run chaos` holds all conversations, and dies everywhere. */
const scenes = ['approval/dm', 'files/channel'].flatMap(scenesNamed);

describe('a process that dies', () => {
  it('at any request that it has sent loses nothing, doubles nothing, and leaves nothing half-shown', {
    timeout: 300_000,
  }, async () => {
    const many = { workers: 6, work: (plan: Plan) => run(plan, { speed: 6 }) };
    const recorded = await pool(scenes.map(recording), many);
    const walked = await pool(shortWalk(recorded), many);
    expect([...recorded, ...walked].flatMap(failureOf)).toEqual([]);
    expect(walked.flatMap(({ deaths }) => deaths).length).toBeGreaterThan(10);
  });
});

/** With how to see it again. */
function failureOf({ plan, failures }: Outcome): string[] {
  return failures.length === 0 ? [] : [`npm run chaos -- ${plan.replay}: ${failures.join('; ')}`];
}
