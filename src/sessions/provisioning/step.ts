/** One thing of the file held against the API, and what is to be done about it. */
import { ConflictError } from './conflict-error.ts';
import type { Kind, Lock } from './lock.ts';
import { ProvisionError } from './provision-error.ts';
import type { Found, Shelf } from './remote.ts';
import { compareTrees, type FieldChange, type Tree } from './tree.ts';

/**
 * `adopt`: it is as declared, and only the lock file does not know it. `conflict`: somebody else has changed it since it
 * was last applied. `orphan`: it is declared no more; `archive`: and is to be archived.
 */
export type Action = 'create' | 'update' | 'adopt' | 'none' | 'conflict' | 'orphan' | 'archive';

export interface Change {
  kind: Kind;
  name: string;
  action: Action;
  /** Null: it is not there yet. */
  id: string | null;
  /** Of an agent, before the change; null: it has none, or is not there yet. */
  version: number | null;
  /** From what there is to what is declared. */
  fields: FieldChange[];
  /** What was changed elsewhere since it was last applied, as far as that can be said. */
  meanwhile: FieldChange[];
}

export interface Step {
  change: Change;
  /** Does it, as things are by then; null: nothing is left of it. Rejects with a ProvisionError. */
  run(): Promise<Made | null>;
}

export interface Made {
  id: string;
  /** Of an agent. */
  version: number | null;
}

export interface StepOptions {
  lock: Lock;
  /** Whether what was changed elsewhere is to be set back. */
  overwrite?: boolean;
}

interface StepSource<T extends Tree> {
  shelf: Shelf<T>;
  /** What it should be; the file may leave some of it to what there is. */
  wanted(seen: T | null): T;
  options: StepOptions;
  /** Those of the agents that are known by now, by name. */
  ids?: ReadonlyMap<string, string>;
}

export async function stepFor<T extends Tree & { name: string }>(
  kind: Kind,
  name: string,
  { shelf, wanted, options, ids = new Map() }: StepSource<T>,
): Promise<Step> {
  const found = await findDeclared(kind, name, { shelf, lock: options.lock, called: wanted(null).name });
  const made = ({ id, version }: Found<T>): Made => ({ id, version: kind === 'agents' ? version : null });
  const change = { kind, name, id: found?.id ?? null, version: found && made(found).version, meanwhile: [] };
  if (found === null) {
    const create = async () => made(await shelf.create(wanted(null), ids));
    return { change: { ...change, action: 'create', fields: compareTrees({}, wanted(null)) }, run: create };
  }
  const names = new Map([...ids].map(([key, id]) => [id, key]));
  const seen = found.tree(names);
  const fields = compareTrees(seen, wanted(seen));
  if (fields.length === 0) {
    const action = options.lock[kind][name]?.id === found.id ? 'none' : 'adopt';
    return { change: { ...change, action, fields }, run: async () => made(found) };
  }
  const meanwhile = await changedElsewhere(found, { shelf, names });
  const action = meanwhile !== null && options.overwrite !== true ? 'conflict' : 'update';
  const whole: Change = { ...change, action, fields, meanwhile: meanwhile ?? [] };
  const since = async () => {
    const now = await shelf.find(found.id);
    return now ? compareTrees(seen, now.tree(names)) : [];
  };
  const update = async () => {
    // What has no versions is looked at once more: nobody else would refuse.
    const early = kind === 'agents' ? [] : await since();
    if (early.length > 0) throw new ConflictError(whole, { meanwhile: early });
    try {
      return made(await shelf.update(found, wanted(seen), ids));
    } catch (error) {
      if (!(error instanceof ProvisionError) || error.code !== 'conflict') throw error;
      throw new ConflictError(whole, { meanwhile: await since(), cause: error });
    }
  };
  return { change: whole, run: update };
}

/** Null: as far as can be said, nobody else has changed it. */
async function changedElsewhere<T extends Tree>(
  found: Found<T>,
  { shelf, names }: { shelf: Shelf<T>; names: ReadonlyMap<string, string> },
): Promise<FieldChange[] | null> {
  if (found.made === null || found.made >= found.version) return null;
  const base = await shelf.findAt(found.id, found.made);
  if (base === null) return [];
  const meanwhile = compareTrees(base.tree(names), found.tree(names));
  // Changed, and changed back.
  return meanwhile.length === 0 ? null : meanwhile;
}

interface FindOptions<T extends Tree> {
  shelf: Shelf<T>;
  lock: Lock;
  /** What it would be called. */
  called: string;
}

/** The object that the lock file names, or else the one whose metadata says that it is this; null: it must be made. */
async function findDeclared<T extends Tree>(
  kind: Kind,
  name: string,
  { shelf, lock, called }: FindOptions<T>,
): Promise<Found<T> | null> {
  const locked = lock[kind][name];
  const found = locked ? await shelf.find(locked.id) : null;
  if (found && !found.isArchived) return found;
  const all = await shelf.list();
  const own = all.filter(({ key }) => key === name);
  if (own.length > 1) {
    const ids = own.map(({ id }) => id).join(' and ');
    const message = `${kind}.${name}: ${ids} all say that they are this one. Archive those that are not, or put the right id into the lock file.`;
    throw new ProvisionError('refused', message);
  }
  const [only = null] = own;
  const stranger = kind === 'environments' && only === null ? all.find((one) => one.name === called) : undefined;
  if (stranger) {
    const message = `${kind}.${name}: there is an environment of that name already, ${stranger.id}, and names are unique. Use it with { id: ${stranger.id} }, or give this one another name.`;
    throw new ProvisionError('refused', message);
  }
  return only;
}
