import type { ComponentChild, VNode } from 'preact';
import { DateMark } from '../date-mark.tsx';
import { diffLines } from '../diff-lines.ts';
import type { Directory } from '../directory.ts';
import { emojiFor } from '../emoji.ts';
import { type Fields, fieldsOf, listOf, stringOf } from '../fields.ts';
import { link } from '../link.tsx';
import { broadcastMention, channelMention, groupMention, userMention } from '../mention.tsx';

/** A `rich_text` block: text that carries its formatting in fields and is never parsed. */
export function renderRichText(block: unknown, directory: Directory): VNode {
  return <div class="rich-text">{listOf(fieldsOf(block).elements).map((part) => renderPart(part, directory))}</div>;
}

function renderPart(part: Fields, directory: Directory): ComponentChild {
  const children = listOf(part.elements);
  switch (part.type) {
    case 'rich_text_section':
      return <div class="rich-section">{children.map((child) => renderElement(child, directory))}</div>;
    case 'rich_text_preformatted':
      return (
        <pre data-language={stringOf(part.language) || undefined}>
          <code>{renderDiff(children) ?? children.map((child) => renderElement(child, directory))}</code>
        </pre>
      );
    case 'rich_text_quote':
      return <blockquote>{children.map((child) => renderElement(child, directory))}</blockquote>;
    case 'rich_text_list':
      return renderList(part, directory);
    default:
      return renderElement(part, directory);
  }
}

/** The lines of a diff are coloured too; what says it are the signs, which everybody sees. */
function renderDiff(children: Fields[]): ComponentChild[] | undefined {
  if (!children.every((child) => child.type === 'text')) return undefined;
  const lines = diffLines(children.map((child) => stringOf(child.text)).join(''));
  return lines?.map(({ kind, text }) => <span class={`diff-line diff-${kind}`}>{`${text}\n`}</span>);
}

function renderList(list: Fields, directory: Directory): VNode {
  const items = listOf(list.elements).map((item) => (
    <li>{listOf(item.elements).map((child) => renderElement(child, directory))}</li>
  ));
  const indent = `indent-${Math.min(Number(list.indent) || 0, 6)}`;
  if (list.style !== 'ordered') return <ul class={indent}>{items}</ul>;
  return (
    <ol class={indent} start={(Number(list.offset) || 0) + 1}>
      {items}
    </ol>
  );
}

function renderElement(element: Fields, directory: Directory): ComponentChild {
  switch (element.type) {
    case 'text':
      return styled(stringOf(element.text), element.style);
    case 'link':
      return styled(link(stringOf(element.url), stringOf(element.text) || stringOf(element.url)), element.style);
    case 'user':
      return userMention(stringOf(element.user_id), directory);
    case 'channel':
      return channelMention(stringOf(element.channel_id), directory);
    case 'broadcast':
      return broadcastMention(stringOf(element.range));
    case 'emoji':
      return emojiFor(stringOf(element.name));
    case 'usergroup':
      return groupMention(stringOf(element.usergroup_id), directory);
    case 'date':
      return (
        <DateMark
          timestamp={Number(element.timestamp)}
          format={stringOf(element.format)}
          fallback={stringOf(element.fallback)}
          {...(element.url ? { href: stringOf(element.url) } : {})}
        />
      );
    default:
      return stringOf(element.text) || stringOf(element.fallback);
  }
}

function styled(content: ComponentChild, style: unknown): ComponentChild {
  const { bold, italic, strike, code } = fieldsOf(style);
  let node = content;
  if (code) node = <code>{node}</code>;
  if (strike) node = <del>{node}</del>;
  if (italic) node = <em>{node}</em>;
  return bold ? <strong>{node}</strong> : node;
}
