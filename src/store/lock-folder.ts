import { join } from 'node:path';
import Database from 'libsql';
import { StoreError, storeError } from './store-error.ts';

/**
 * Keeps every other process away from the data folder, since two with in-process dispatchers would conduct the same
 * threads. The lock is an open SQLite transaction: the kernel drops it with the process, however that ends. Waits
 * up to `timeoutMs` for a predecessor to leave. Returns the unlock; throws a StoreError `locked`.
 */
export function lockFolder(folder: string, timeoutMs: number): () => void {
  const path = join(folder, 'drawbridge.lock');
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: timeoutMs });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const failure = storeError(path, error);
    throw failure.code === 'locked'
      ? new StoreError('locked', storeError(folder, error).message, { cause: error })
      : failure;
  }
  const held = database;
  return () => void held.close();
}
