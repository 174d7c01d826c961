import type { World } from '../world.ts';
import { replacedIn, saveEnv } from './env-file.ts';
import type { Given } from './given.ts';
import type { Obtaining } from './obtain.ts';

interface Options extends Obtaining {
  world: World;
}

/** Writes the settings to `.env`. False: a person did not want that. */
export async function save(settings: Given, { world, talk, isAttended }: Options): Promise<boolean> {
  const path = world.envFile;
  const replaced = replacedIn(path, settings);
  if (isAttended && replaced.length > 0) {
    const isWanted = await talk.confirm({ message: `Replace ${listed(replaced)} in ${path}?`, usual: true });
    if (!isWanted) return false;
  }
  saveEnv(path, settings);
  talk.done(`${path} has the settings now; only you can read it`);
  return true;
}

/** `A, B and C` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
