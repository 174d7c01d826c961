/** Does what a plan says, one thing after the other; each is noted in the lock file before the next is begun. */
import type { Lock } from './lock.ts';
import type { Plan } from './plan.ts';
import { ProvisionError } from './provision-error.ts';
import type { Made, Step } from './step.ts';

export interface ApplyOptions {
  lock: Lock;
  /** Called whenever the lock file is to say something else; on disk when it resolves. */
  save(lock: Lock): void | Promise<void>;
  /** Called after each step that changed something. */
  onDone?(step: Step, made: Made | null): void | Promise<void>;
}

/**
 * Stops at the first thing that cannot be done, with a ProvisionError: what was done before is noted, and another run
 * goes on from there. Nothing is begun while the plan has a conflict.
 */
export async function applyPlan({ steps }: Plan, { lock, save, onDone }: ApplyOptions): Promise<void> {
  const conflicts = steps.filter(({ change }) => change.action === 'conflict');
  if (conflicts.length > 0) {
    const names = conflicts.map(({ change }) => `${change.kind}.${change.name}`).join(' and ');
    throw new ProvisionError('conflict', `${names} was changed elsewhere since it was last applied: nothing was done.`);
  }
  let known = lock;
  for (const step of steps) {
    const { kind, name, action } = step.change;
    if (action === 'orphan') continue;
    const made = await step.run();
    const next = noted(known, { kind, name, made });
    if (next !== known) await save(next);
    known = next;
    if (action !== 'none') await onDone?.(step, made);
  }
}

function noted(lock: Lock, { kind, name, made }: Pick<Step['change'], 'kind' | 'name'> & { made: Made | null }): Lock {
  const { [name]: old, ...others } = lock[kind];
  if (made === null) return old === undefined ? lock : { ...lock, [kind]: others };
  return old?.id === made.id ? lock : { ...lock, [kind]: { ...others, [name]: { id: made.id } } };
}
