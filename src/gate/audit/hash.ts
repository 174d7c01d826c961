import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';

/** SHA-256, in hex, of the text in UTF-8. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** SHA-256, in hex, of a tool call's input as canonical JSON. Throws where there is none: see `canonicalJson`. */
export function hashInput(input: unknown): string {
  return hashText(canonicalJson(input));
}
