import type { ToolCall } from './event.ts';
import { mask } from './mask.ts';
import { visible } from './visible.ts';

const LONGEST = 140;
/** More than ever gets into the line, even when most of it is masked. */
const LONGEST_READ = 1_000;

/** The field of a built-in tool's input that says what the call does. */
const TELLING: Record<string, string> = {
  bash: 'command',
  read: 'file_path',
  write: 'file_path',
  edit: 'file_path',
  glob: 'pattern',
  grep: 'pattern',
  web_fetch: 'url',
  web_search: 'query',
};

/**
 * One line of plain text that says what a tool call does: `bash · npm test`, `linear · list issues`. Secrets in it are
 * masked, and nothing in it is invisible.
 */
export function describeCall(tool: ToolCall): string {
  if (tool.kind === 'mcp') return join(tool.server ?? 'mcp', words(tool.name));
  if (tool.kind === 'custom') return join(words(tool.name), firstText(tool.input));
  const telling = tool.input[TELLING[tool.name] ?? ''];
  return join(tool.name, typeof telling === 'string' ? telling : firstText(tool.input));
}

function join(what: string, detail: string): string {
  // Joined, as a text that is added to another is kept in memory beside what comes of the two.
  const line = detail ? [what, oneLine(detail)].join(' · ') : what;
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

function firstText(input: Record<string, unknown>): string {
  return Object.values(input).find((value): value is string => typeof value === 'string') ?? '';
}

function words(name: string): string {
  return oneLine(name.replaceAll(/[_-]+/g, ' '));
}

function oneLine(text: string): string {
  const line = mask(text.slice(0, LONGEST_READ)).text.replaceAll(/[\p{Cc}\s]+/gu, ' ');
  return visible(line.trim());
}
