import type { Nodes, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** Slice `[start, end)` of a source. */
export interface Span {
  start: number;
  end: number;
}

/** Standard Markdown as a tree: the flavour that Slack's own markdown surfaces take. */
export function parseTree(source: string): Root {
  return fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

export function spanOf(node: Nodes): Span {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

/** Blank lines at the edges of a message show nothing; indentation of its first line may mean something. */
export function trimBlank(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
}

/** False only for a text without any table: one has a line of bars and dashes. Much cheaper than parsing it. */
export function mayHaveTable(text: string): boolean {
  return /^(?=[^\n]*\|)(?=[^\n]*-)[ \t>|:-]+$/m.test(text);
}
