import { type ComponentChild, type ComponentChildren, Fragment, isValidElement } from 'preact';

/** Writes a tree of vnodes as HTML, calling function components that need no hooks: enough to look at what is drawn. */
export function toHtml(node: ComponentChildren): string {
  if (node === null || node === undefined || typeof node === 'boolean') return '';
  if (Array.isArray(node)) return node.map((child: ComponentChild) => toHtml(child)).join('');
  if (!isValidElement(node)) return escapeHtml(String(node));
  const { type, props } = node;
  const fields: Record<string, unknown> = { ...props };
  if (type === Fragment) return toHtml(props.children);
  if (typeof type === 'function') {
    return toHtml((type as (props: unknown) => ComponentChildren)(props));
  }
  const attributes = Object.entries(fields)
    .filter(
      ([name, value]) => name !== 'children' && value !== undefined && value !== false && typeof value !== 'function',
    )
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`))
    .join('');
  return `<${type}${attributes}>${toHtml(props.children)}</${type}>`;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
