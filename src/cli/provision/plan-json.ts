import { hasChanges, type Plan } from '../../sessions/provisioning/plan.ts';
import type { Step } from '../../sessions/provisioning/step.ts';
import type { FieldChange } from '../../sessions/provisioning/tree.ts';
import { maskValue } from '../../thread/mask.ts';

export type DoneJson = Pick<Step['change'], 'kind' | 'name' | 'action' | 'id' | 'version'>;

/** The plan for a program; `done` once it was applied. */
export function planAsJson(plan: Plan, done?: readonly DoneJson[]): string {
  const changes = plan.steps.map(({ change }) => ({
    ...change,
    fields: change.fields.map(asJson),
    meanwhile: change.meanwhile.map(asJson),
  }));
  const doneParts = done?.map(({ kind, name, action, id, version }) => ({ kind, name, action, id, version }));
  const whole = { hasChanges: hasChanges(plan), changes, warnings: plan.warnings, ...(done && { done: doneParts }) };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function asJson({ path, old, new: next }: FieldChange) {
  return { path: path.join('.'), old: maskValue(old ?? null).value, new: maskValue(next ?? null).value };
}
