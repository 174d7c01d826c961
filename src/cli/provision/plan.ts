import { hasChanges } from '../../sessions/provisioning/plan.ts';
import type { World } from '../world.ts';
import { failWithOne } from './fail-with-one.ts';
import { planAsJson } from './plan-json.ts';
import { type ReadPlanOptions, readPlan } from './read-plan.ts';
import { showPlan } from './show-plan.ts';

export interface PlanCommandOptions extends ReadPlanOptions {
  json?: boolean;
}

const EXIT_CHANGES = 2;

/** `drawbridge plan`: exit code 0 when nothing would change, 2 when something would, 1 when it cannot be said. */
export function plan({ json = false, ...options }: PlanCommandOptions, world: World): Promise<number> {
  return failWithOne(world, async () => {
    const { plan: planned } = await readPlan(options, world);
    await world.print(json ? planAsJson(planned) : showPlan(planned));
    return hasChanges(planned) ? EXIT_CHANGES : 0;
  });
}
