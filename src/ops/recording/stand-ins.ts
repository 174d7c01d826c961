import { createHmac, randomBytes } from 'node:crypto';
import { mask } from '../../thread/mask.ts';

/** What stands in a recording for what must not. The same thing has the same stand-in for as long as it is recorded. */
export interface StandIns {
  person(id: string): string;
  /** Keeps the letter that says its kind. */
  channel(id: string): string;
  thread(id: string): string;
  message(key: string): string;
  call(id: string): string;
  server(name: string): string;
  text(text: string): string;
  /** A tool's input, with every text in it replaced. Its keys stay: they are the tool's, and not people's. */
  input(input: Record<string, unknown>): Record<string, unknown>;
}

/** People, user groups, channels, files, teams, apps, bots, as Slack writes them, with what a mention has around them. */
const ID = /\b([UWCDGSFTEAB])[A-Z0-9]{7,20}\b/g;
const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu;
const WORD = /[\p{L}\p{N}_]+/gu;

/** `keepsText`: only ids, addresses and credentials are replaced in texts. */
export function createStandIns({ keepsText }: { keepsText: boolean }): StandIns {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  // Never written down: nobody can try out which text a stand-in is of.
  const key = randomBytes(32);
  const named = (kind: string, prefix: string, id: string) => {
    const full = `${kind}:${id}`;
    const before = known.get(full);
    if (before !== undefined) return before;
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    known.set(full, `${prefix}${count}`);
    return `${prefix}${count}`;
  };
  const ofId = (id: string) => {
    const letter = id[0] ?? '';
    return named('id', letter === 'W' ? 'U' : letter, id);
  };
  const withoutIds = (text: string) =>
    text.replace(ID, (id) => ofId(id)).replace(EMAIL, (address) => named('address', 'someone', address));
  const replace = (text: string) => neutral(text, { key, ofId });
  const text = (original: string) => (keepsText ? withoutIds(mask(original).text) : replace(original));
  const value = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one);
    if (typeof one === 'number') return keepsText ? one : 0;
    if (Array.isArray(one)) return one.map(value);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([name, field]) => [name, value(field)]));
  };
  return {
    person: ofId,
    channel: ofId,
    thread: (id) => named('thread', 't', id),
    message: (id) => named('message', 'm', id),
    call: (id) => named('call', 'k', id),
    server: (name) => named('server', 'server', name),
    text,
    input: (input) => value(withoutSchema(input, keepsText)) as Record<string, unknown>,
  };
}

/** A form whose words are replaced is none any more: without it, a text is asked for. */
function withoutSchema(input: Record<string, unknown>, keepsText: boolean): Record<string, unknown> {
  if (keepsText || !('schema' in input)) return input;
  const { schema: _, ...rest } = input;
  return rest;
}

interface Secrets {
  key: Buffer;
  ofId(id: string): string;
}

/** The same lines, spaces and signs; every word another one of its length, and every id its stand-in. */
function neutral(text: string, { key, ofId }: Secrets): string {
  const letters = lettersOf(createHmac('sha256', key).update(text).digest());
  return text.replace(WORD, (word) =>
    new RegExp(`^${ID.source}$`).test(word) ? ofId(word) : wordOf([...word].length, letters),
  );
}

const SHORT = ['a', 'so', 'and'];

function wordOf(length: number, letters: () => string): string {
  return SHORT[length - 1] ?? Array.from({ length }, letters).join('');
}

const VOWELS = 'aeiou';
const OTHERS = 'bdklmnprst';

function lettersOf(seed: Buffer): () => string {
  let at = 0;
  return () => {
    const byte = seed[at % seed.length] ?? 0;
    const of = at % 2 === 0 ? OTHERS : VOWELS;
    at += 1;
    return of[(byte + at * 7) % of.length] ?? 'a';
  };
}
