/** Looks at a data folder from outside, and leaves it as it is. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'libsql';
import { lockFolder } from '../lock-folder.ts';
import { StoreError, storeError } from '../store-error.ts';

export interface FolderExamined {
  /** False: it is made at the first start. */
  exists: boolean;
  /** Why it or what is in it cannot be used, and what to do; null: it can. */
  refused: string | null;
  /** A Drawbridge runs on it now. */
  isInUse: boolean;
  /** What others than its owner may do with it or with the database, as octal digits; null: nothing. */
  openTo: string | null;
  /** Bytes that are left on its disk; null: unknown. */
  freeBytes: number | null;
}

export function examineFolder(folder: string): FolderExamined {
  const path = nearest(resolve(folder));
  const exists = existsSync(folder);
  const examined = {
    exists,
    refused: whyUnwritable(folder, path),
    isInUse: false,
    openTo: null,
    freeBytes: room(path),
  };
  if (examined.refused !== null || !exists) return examined;
  return { ...examined, ...whatIsIn(folder), openTo: openTo(folder) };
}

/** The folder itself, or where it would be made. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function whyUnwritable(folder: string, path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return storeError(folder, error).message;
  }
}

function whatIsIn(folder: string): Pick<FolderExamined, 'refused' | 'isInUse'> {
  try {
    // Without the file nobody holds the lock, and looking must not make one.
    const unlock = existsSync(join(folder, 'drawbridge.lock')) ? lockFolder(folder, 0) : () => {};
    try {
      checkDatabase(join(folder, 'drawbridge.db'));
    } finally {
      unlock();
    }
    return { refused: null, isInUse: false };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'locked') return { refused: null, isInUse: true };
    return { refused: storeError(folder, error).message, isInUse: false };
  }
}

function checkDatabase(path: string): void {
  if (!existsSync(path)) return;
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    const [first] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[];
    if (first?.quick_check !== 'ok') throw Object.assign(new Error(first?.quick_check), { code: 'SQLITE_CORRUPT' });
  } catch (error) {
    throw storeError(path, error);
  } finally {
    database?.close();
  }
}

const OTHERS = 0o077;

function openTo(folder: string): string | null {
  const paths = [folder, join(folder, 'drawbridge.db'), join(folder, 'audit.jsonl')].filter((path) => existsSync(path));
  const open = paths.map((path) => statSync(path).mode & OTHERS).reduce((all, one) => all | one, 0);
  return open === 0 ? null : open.toString(8).padStart(3, '0');
}

function room(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null; // a file system that does not say
  }
}
