/** What a tool may give: text, or content blocks as the Anthropic SDK has them. */
export type ToolOutput = string | readonly ContentBlock[];

interface ContentBlock {
  type: string;
  [field: string]: unknown;
}

const MAX_CHARACTERS = 100_000;

/**
 * A handler's output as the agent gets it. Whatever it is, the tool has done its work: an error would only make the
 * agent do it again.
 */
export function outputText(output: unknown): string {
  const text = Array.isArray(output) ? output.map(blockText).join('\n\n') : plainText(output);
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, MAX_CHARACTERS)}\n[cut: ${text.length - MAX_CHARACTERS} more characters]`;
}

function plainText(output: unknown): string {
  if (typeof output === 'string') return output === '' ? '(no output)' : output;
  if (output === undefined || output === null) return '(no output)';
  return JSON.stringify(output) ?? '(no output)';
}

function blockText(block: unknown): string {
  if (typeof block !== 'object' || block === null) return plainText(block);
  const { type, text, title, source, content } = block as Record<string, unknown>;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'search_result' && Array.isArray(content)) {
    const heading = [title, source].filter((part) => typeof part === 'string').join(' · ');
    return [heading, ...content.map(blockText)].join('\n');
  }
  return `[${typeof type === 'string' ? type : 'something'} left out: only text can be passed on]`;
}
