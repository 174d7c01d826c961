import type { Issue } from './compile-check.ts';

const SHOWN = 8;
const MAX_CHARACTERS = 300;

/** What is wrong with a tool's input, in one line for the agent. */
export function issuesInWords(issues: readonly Issue[]): string {
  const lines = issues.slice(0, SHOWN).map(({ path, message }) => {
    const words = message.length > MAX_CHARACTERS ? `${message.slice(0, MAX_CHARACTERS)}…` : message;
    return path.length > 0 ? `${path.map(String).join('.')}: ${words}` : words;
  });
  const more = issues.length > SHOWN ? [`and ${issues.length - SHOWN} more`] : [];
  return [...lines, ...more].join('; ');
}
