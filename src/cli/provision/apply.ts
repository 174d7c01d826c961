import { applyPlan } from '../../sessions/provisioning/apply.ts';
import { ConflictError } from '../../sessions/provisioning/conflict-error.ts';
import { formatLock, type Lock } from '../../sessions/provisioning/lock.ts';
import type { Made, Step } from '../../sessions/provisioning/step.ts';
import { CliError } from '../cli-error.ts';
import { counted } from '../counted.ts';
import type { World } from '../world.ts';
import { failWithOne } from './fail-with-one.ts';
import { type PlanCommandOptions, plan } from './plan.ts';
import { type DoneJson, planAsJson } from './plan-json.ts';
import { type PlannedFile, readPlan } from './read-plan.ts';
import { showConflict, showDone, showPlan } from './show-plan.ts';

export interface ApplyCommandOptions extends PlanCommandOptions {
  /** As `drawbridge plan`: nothing is changed. */
  dryRun?: boolean;
}

/** `drawbridge apply`: exit code 0 when the API is as the file says, 1 when not all could be done. */
export function apply({ dryRun = false, ...options }: ApplyCommandOptions, world: World): Promise<number> {
  if (dryRun) return plan(options, world);
  return failWithOne(world, async () => {
    const planned = await readPlan(options, world);
    const isJson = options.json === true;
    if (!isJson) await world.print(showPlan(planned.plan));
    const done: DoneJson[] = [];
    try {
      await tellConflict(world, () =>
        applyFile(planned, world, async (step, made) => {
          done.push({ ...step.change, id: made?.id ?? step.change.id, version: made?.version ?? null });
          if (!isJson) await world.print(showDone(step, made));
        }),
      );
    } finally {
      // Also of what stopped halfway, or was a conflict: a program has to know what was done.
      if (isJson) await world.print(planAsJson(planned.plan, done));
    }
    if (!isJson && done.length > 0) {
      await world.print(`Done: ${counted(done.length, 'change', 'changes')}. Commit ${planned.lockFile}.\n`);
    }
    return 0;
  });
}

/** Does what was planned for a file, and notes it in the lock file beside it. Rejects with a ProvisionError. */
export async function applyFile(
  { plan: planned, lock, lockFile }: PlannedFile,
  world: World,
  onDone: (step: Step, made: Made | null) => Promise<void>,
): Promise<void> {
  const save = (next: Lock) => {
    try {
      world.writeFile(lockFile, formatLock(next));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const advice = 'make its folder writable, and run it again: what was made is found.';
      throw new CliError(`${lockFile} cannot be written (${code}): ${advice}`, { cause: error });
    }
  };
  await applyPlan(planned, { lock, save, onDone });
}

async function tellConflict(world: World, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConflictError) world.complain(showConflict(error));
    throw error;
  }
}
