import { z } from 'zod';
import { parse } from './parse.ts';

/** At most 16 pairs, keys to 64 and values to 512 characters. */
export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 metadata pairs are allowed');

/** In updates, a null value deletes its key. */
export const metadataPatch = z.record(z.string().min(1).max(64), z.string().max(512).nullable());

export function mergeMetadata(
  old: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const merged = { ...old, ...patch };
  const kept = Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null);
  return parse(metadata, Object.fromEntries(kept));
}
