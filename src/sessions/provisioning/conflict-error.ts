import { ProvisionError } from './provision-error.ts';
import type { Change } from './step.ts';
import type { FieldChange } from './tree.ts';

/** Somebody else changed it after the plan was made: it was left as it is. */
export class ConflictError extends ProvisionError {
  readonly change: Change;
  /** What has changed since the plan was made. */
  readonly meanwhile: readonly FieldChange[];

  constructor(change: Change, { meanwhile, cause }: { meanwhile: readonly FieldChange[]; cause?: unknown }) {
    const what = `${change.kind}.${change.name}`;
    super('conflict', `${what} was changed by somebody else while this ran, and was left as it is.`, { cause });
    this.name = 'ConflictError';
    this.change = change;
    this.meanwhile = meanwhile;
  }
}
