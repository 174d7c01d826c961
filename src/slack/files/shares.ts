import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { ThreadPlace } from '../../thread/ids.ts';
import { patiently } from '../patiently.ts';
import { uploadError } from './upload-error.ts';

const places = z
  .record(z.string(), z.array(z.object({ ts: z.string(), thread_ts: z.string().optional() })))
  .optional()
  .catch(undefined);
const sharedFile = z.object({
  shares: z.object({ public: places, private: places }).optional().catch(undefined),
});

/** No such file, or none any more. */
const UNKNOWN = new Set(['file_not_found', 'file_deleted', 'not_visible', 'access_denied']);

export interface MissingOptions {
  ids: string[];
  reader: WebClient;
  clock: Clock;
}

/** Files that are in no message of the thread now: those that Slack knows, and those that it does not. */
export async function missingShares(
  { channel, root }: ThreadPlace,
  { ids, reader, clock }: MissingOptions,
): Promise<{ unshared: string[]; unknown: string[] }> {
  const unshared: string[] = [];
  const unknown: string[] = [];
  for (const id of ids) {
    const file = await read(id, { reader, clock });
    if (!file) {
      unknown.push(id);
      continue;
    }
    const { shares = {} } = file;
    const here = [...(shares.public?.[channel] ?? []), ...(shares.private?.[channel] ?? [])];
    if (!here.some(({ ts, thread_ts }) => thread_ts === root || ts === root)) unshared.push(id);
  }
  return { unshared, unknown };
}

async function read(id: string, { reader, clock }: Omit<MissingOptions, 'ids'>) {
  try {
    const { file } = await patiently(clock, () => reader.files.info({ file: id }));
    return sharedFile.parse(file ?? {});
  } catch (error) {
    if (error instanceof WebAPIPlatformError && UNKNOWN.has(error.data.error)) return null;
    throw uploadError(error);
  }
}
