/** `bridge.lock.json`: which object of the API each name of bridge.yaml is. To be committed beside it. */
import { z } from 'zod';

const entry = z.strictObject({ id: z.string().min(1) });
const lockSchema = z.strictObject({
  lock: z.literal(1),
  agents: z.record(z.string(), entry),
  environments: z.record(z.string(), entry),
  memory_stores: z.record(z.string(), entry),
});

export type Lock = Omit<z.infer<typeof lockSchema>, 'lock'>;
export type Kind = keyof Lock;

export const EMPTY_LOCK: Lock = { agents: {}, environments: {}, memory_stores: {} };

/** `manifest/bridge.yaml` → `manifest/bridge.lock.json` */
export function lockPathOf(configFile: string): string {
  return `${configFile.replace(/\.(ya?ml|json)$/, '')}.lock.json`;
}

/** Throws an error whose message follows the file's name in a sentence. */
export function parseLock(text: string): Lock {
  const { lock: _format, ...lock } = parseWhole(text);
  return lock;
}

/** Sorted, so that a merge of two branches sees no more changes than there are. */
export function formatLock(lock: Lock): string {
  const sorted = (entries: Record<string, object>) =>
    Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
  const whole = {
    lock: 1,
    agents: sorted(lock.agents),
    environments: sorted(lock.environments),
    memory_stores: sorted(lock.memory_stores),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function parseWhole(text: string): z.infer<typeof lockSchema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(
      'is no JSON, as after a merge that was not finished: mend it, or delete it and run drawbridge plan',
      {
        cause: error,
      },
    );
  }
  const result = lockSchema.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the top';
  throw new Error(
    `is not as drawbridge writes it (at ${where}): delete it and run drawbridge plan, which finds all again`,
  );
}
