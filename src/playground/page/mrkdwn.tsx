import type { ComponentChild, VNode } from 'preact';
import { DateMark } from './date-mark.tsx';
import type { Directory } from './directory.ts';
import { withEmoji } from './emoji.ts';
import { link } from './link.tsx';
import { broadcastMention, channelMention, groupMention, userMention } from './mention.tsx';

/** Inline code, an angle-bracket sequence, or a run between two equal marks that touch no word from outside. */
const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}])([*_~])(?!\s|\3)([^\n]*?\S)\3(?![\p{L}\p{N}])/u;

/** Slack's mrkdwn (as in `text` and section blocks) as vnodes. Line breaks stay in the text: style it `pre-wrap`. */
export function renderMrkdwn(text: string, directory: Directory): ComponentChild[] {
  return text.split(/```([\s\S]*?)```/).flatMap((piece, index): ComponentChild[] => {
    if (index % 2 === 1) return [<pre>{preformatted(piece.replace(/^\n|\n$/g, ''))}</pre>];
    // A fence is a block of its own, so the line breaks around it would show as empty lines.
    const trimmed = piece.replace(index > 0 ? /^\n/ : '', '');
    return trimmed ? renderLines(trimmed, directory) : [];
  });
}

/** `&amp; &lt; &gt;`: the only three things Slack escapes. */
function decodeEntities(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

function renderLines(text: string, directory: Directory): ComponentChild[] {
  const groups: { quoted: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const mark = /^(?:&gt;|>) ?/.exec(line);
    const last = groups.at(-1);
    const content = mark ? line.slice(mark[0].length) : line;
    if (last && last.quoted === Boolean(mark)) last.lines.push(content);
    else groups.push({ quoted: Boolean(mark), lines: [content] });
  }
  return groups.flatMap(({ quoted, lines }) => {
    const content = renderInline(lines.join('\n'), directory);
    return quoted ? [<blockquote>{content}</blockquote>] : content;
  });
}

function renderInline(text: string, directory: Directory): ComponentChild[] {
  const match = INLINE.exec(text);
  if (!match) return plain(text);
  const [whole, code, angle, mark = '', inner = ''] = match;
  const before = plain(text.slice(0, match.index));
  const after = renderInline(text.slice(match.index + whole.length), directory);
  if (code !== undefined) return [...before, <code>{decodeEntities(code)}</code>, ...after];
  if (angle !== undefined) return [...before, renderAngle(angle, directory), ...after];
  return [...before, emphasis(mark, renderInline(inner, directory)), ...after];
}

function plain(text: string): ComponentChild[] {
  return text ? [withEmoji(decodeEntities(text))] : [];
}

function emphasis(mark: string, children: ComponentChild[]): VNode {
  if (mark === '*') return <strong>{children}</strong>;
  return mark === '_' ? <em>{children}</em> : <del>{children}</del>;
}

/** What stands between `<` and `>`: a mention, a broadcast, a date or a link. */
function renderAngle(content: string, directory: Directory): ComponentChild {
  const cut = content.indexOf('|');
  const target = cut < 0 ? content : content.slice(0, cut);
  const label = cut < 0 ? undefined : decodeEntities(content.slice(cut + 1));
  if (target.startsWith('@')) return userMention(target.slice(1), directory);
  if (target.startsWith('#')) return channelMention(target.slice(1), directory);
  if (/^!(channel|here|everyone)$/.test(target)) return broadcastMention(target.slice(1));
  const [kind, id = '', format = '', href] = target.split('^');
  if (kind === '!subteam') return groupMention(id, directory, label);
  if (kind === '!date') {
    return (
      <DateMark
        timestamp={Number(id || Number.NaN)}
        format={format}
        fallback={label ?? id}
        {...(href ? { href: decodeEntities(href) } : {})}
      />
    );
  }
  if (target.startsWith('!')) return <span class="mention">{label ?? target.slice(1)}</span>;
  const address = decodeEntities(target);
  return /^[a-z][a-z0-9+.-]*:/i.test(address) ? link(address, label ?? address) : `<${decodeEntities(content)}>`;
}

/** Inside ``` only links and entities are resolved. */
function preformatted(text: string): string {
  return decodeEntities(
    text.replace(/<((?:https?|mailto):[^<>|\n]+)(?:\|([^<>\n]*))?>/g, (_, url, label) => label ?? url),
  );
}
