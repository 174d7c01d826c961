import type { SessionEvent } from './event-log.ts';

/** What one user.message says: the person's own words, and who they are if the message says so. */
export interface Words {
  text: string;
  person: string | null;
}

// `[Slack message 1700000000.000100 from Ana (U1) in #ops]`, alone in a block or in front of the words.
const HEADER = /^\s*\[[^\]\n]*\bfrom ([^(\]\n]+?)\s*(?:\([^)\n]*\))?(?:\s+in [^\]\n]*)?\]\s*/;

// `@Drawbridge deploy` and `<@U1> deploy` ask for the same as `deploy`.
const MENTIONS = /^\s*(?:(?:<@[^>]+>|@[\w.-]+(?: \([UW][A-Z0-9]+\))?)[\s,:]*)+/;

/** The words are the last text block: what stands before it is framing, such as a header or the thread so far. */
export function readWords(event: SessionEvent): Words {
  if (event.type === 'user.define_outcome') return { text: String(event.description ?? ''), person: null };
  const blocks = Array.isArray(event.content) ? event.content : [];
  const texts = blocks.filter(isText).map((block) => block.text);
  const last = texts.at(-1) ?? '';
  // The first header counts: a later one may be somebody's text that only looks like it.
  const header = texts.map((text) => HEADER.exec(text)?.[1]);
  return {
    text: last.replace(HEADER, '').replace(MENTIONS, '').trim(),
    person: header.find((name) => name !== undefined)?.trim() ?? null,
  };
}

function isText(block: unknown): block is { type: 'text'; text: string } {
  return typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string';
}
