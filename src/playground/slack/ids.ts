import { randomBytes, randomUUID } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** An id as Slack writes them: a prefix that names the kind, then capitals and digits. */
export function newId(prefix: string): string {
  let id = prefix;
  for (const byte of randomBytes(10)) id += ALPHABET[byte % ALPHABET.length];
  return id;
}

export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(12).toString('hex')}`;
}

export const newUuid = (): string => randomUUID();

/** Makes strictly increasing message timestamps (`<10 digits>.<6 digits>`) from a clock's milliseconds. */
export function createTsMaker(nowMs: () => number): () => string {
  let lastMicros = 0;
  return () => {
    lastMicros = Math.max(nowMs() * 1000, lastMicros + 1);
    return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
  };
}
