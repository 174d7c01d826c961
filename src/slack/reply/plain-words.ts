import type { Nodes, PhrasingContent, Root } from 'mdast';

/**
 * Markdown as words alone, for notifications and screen readers: no marks, a link by its label, one line per item and
 * per row of a table.
 */
export function plainWords(tree: Root): string {
  return blockWords(tree)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** The same for a text that is still being written: without the parser, which takes too long for each few words. */
export function roughWords(markdown: string): string {
  return markdown
    .replace(/^[ \t>]*(?:`{3,}|~{3,}).*$|^[ \t>]*[-|: ]*-[-|: ]*$/gm, '')
    .replace(/^[ \t>]*(?:#{1,6}[ \t]+)?/gm, '')
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*\)/g, '$1')
    .replace(/^\|[ \t]*|[ \t]*\|[ \t]*$/gm, '')
    .replace(/[ \t]*\|[ \t]*/g, ', ')
    .replace(/\*{2,}|~~|`+|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])/g, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** The words of a line's inner parts. */
export function wordsOf(nodes: PhrasingContent[]): string {
  return nodes.map(inlineWords).join('');
}

function inlineWords(node: PhrasingContent): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return node.value;
    case 'html':
      return /^<br\s*\/?>$/i.test(node.value) ? '\n' : node.value;
    case 'break':
      return '\n';
    case 'image':
    case 'imageReference':
      return node.alt || ('url' in node ? node.url : '');
    case 'footnoteReference':
      return `[${node.label ?? node.identifier}]`;
    default:
      return wordsOf(node.children);
  }
}

function blockWords(node: Nodes): string {
  switch (node.type) {
    case 'root':
    case 'blockquote':
      return node.children.map(blockWords).filter(Boolean).join('\n');
    case 'paragraph':
    case 'heading':
      return wordsOf(node.children);
    case 'list':
      return node.children
        .map((item, index) => {
          const mark = node.ordered ? `${(node.start ?? 1) + index}.` : '•';
          const done = item.checked === true ? 'done: ' : item.checked === false ? 'to do: ' : '';
          return `${mark} ${done}${item.children.map(blockWords).filter(Boolean).join('\n')}`;
        })
        .join('\n');
    case 'table':
      return node.children
        .map(({ children }) => children.map((cell) => wordsOf(cell.children).replace(/\s+/g, ' ')).join(', '))
        .join('\n');
    case 'code':
    case 'html':
      return node.value;
    case 'footnoteDefinition':
      return `[${node.label ?? node.identifier}] ${node.children.map(blockWords).join('\n')}`;
    default:
      return '';
  }
}
