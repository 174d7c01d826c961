import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import type { ComponentChild, VNode } from 'preact';
import type { Directory } from './directory.ts';
import { withEmoji } from './emoji.ts';
import { link } from './link.tsx';
import { broadcastMention, channelMention, userMention } from './mention.tsx';
import { steadyMarkdown } from './steady-markdown.ts';

/** Standard Markdown (Slack's `markdown` block and streamed text) as vnodes; raw HTML in it is shown as text. */
export function renderMarkdown(text: string, directory: Directory, { streaming = false } = {}): ComponentChild[] {
  return lexer(streaming ? steadyMarkdown(text) : text).map((token) => renderBlock(token, directory));
}

function renderBlock(token: Token, directory: Directory): ComponentChild {
  const known = token as MarkedToken;
  const inline = (tokens: Token[] = []) => tokens.map((child) => renderInline(child, directory));
  switch (known.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading':
      // Slack shows all depths alike; one element keeps the page's own outline intact.
      return <h4>{inline(known.tokens)}</h4>;
    case 'paragraph':
      return <p>{inline(known.tokens)}</p>;
    case 'blockquote':
      return <blockquote>{known.tokens.map((child) => renderBlock(child, directory))}</blockquote>;
    case 'code':
      return codeBlock(known);
    case 'hr':
      return <hr />;
    case 'list':
      return renderList(known, directory);
    case 'table':
      return renderTable(known, directory);
    case 'html':
      return <p>{known.text.trim()}</p>;
    case 'text':
      return known.tokens ? inline(known.tokens) : prose(known.text, directory);
    default:
      return renderInline(token, directory);
  }
}

function codeBlock({ lang, text }: Tokens.Code): VNode {
  const language = lang?.split(/\s/)[0];
  return (
    <pre data-language={language || undefined}>
      <code>{text}</code>
    </pre>
  );
}

function renderList(list: Tokens.List, directory: Directory): VNode {
  const items = list.items.map((item) => (
    <li class={item.task ? 'task-item' : undefined}>{item.tokens.map((child) => renderBlock(child, directory))}</li>
  ));
  return list.ordered ? <ol start={list.start === '' ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
}

function renderTable(table: Tokens.Table, directory: Directory): VNode {
  const cells = (row: Tokens.TableCell[]) =>
    row.map((cell) => {
      const content = cell.tokens.map((child) => renderInline(child, directory));
      const align = cell.align ? `align-${cell.align}` : undefined;
      return cell.header ? <th class={align}>{content}</th> : <td class={align}>{content}</td>;
    });
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>{cells(table.header)}</tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr>{cells(row)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function renderInline(token: Token, directory: Directory): ComponentChild {
  const known = token as MarkedToken;
  const inline = (tokens: Token[] = []) => tokens.map((child) => renderInline(child, directory));
  switch (known.type) {
    case 'strong':
      return <strong>{inline(known.tokens)}</strong>;
    case 'em':
      return <em>{inline(known.tokens)}</em>;
    case 'del':
      return <del>{inline(known.tokens)}</del>;
    case 'codespan':
      return <code>{known.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return link(known.autolink ? known.href : decodeReferences(known.href), inline(known.tokens));
    case 'image':
      // Loading a picture from elsewhere would tell that server about this machine.
      return link(decodeReferences(known.href), known.text || known.href);
    case 'checkbox':
      return <input type="checkbox" checked={known.checked} disabled aria-label={known.checked ? 'Done' : 'To do'} />;
    case 'escape':
      return known.text;
    case 'text':
      return known.tokens ? inline(known.tokens) : prose(known.text, directory);
    default:
      return token.raw;
  }
}

/** Running text: character references, emoji, and the mentions Slack resolves in streamed text too. */
function prose(text: string, directory: Directory): ComponentChild[] {
  return text.split(/(<[@#!][A-Za-z0-9]+(?:\|[^<>]*)?>)/).map((piece, index) => {
    if (index % 2 === 0) return withEmoji(decodeReferences(piece));
    const id = piece.slice(2, -1).split('|')[0] ?? '';
    if (piece[1] === '@') return userMention(id, directory);
    return piece[1] === '#' ? channelMention(id, directory) : broadcastMention(id);
  });
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Markdown keeps HTML's character references; the commonest names and all numbers are enough for what models write. */
function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}
