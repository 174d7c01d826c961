import type { ComponentChildren } from 'preact';
import type { Directory } from '../directory.ts';
import { withEmoji } from '../emoji.ts';
import { fieldsOf, textOf } from '../fields.ts';
import { renderMrkdwn } from '../mrkdwn.tsx';

/** A text object: mrkdwn is formatted, plain text is not. */
export function renderText(value: unknown, directory: Directory): ComponentChildren {
  const text = textOf(value);
  return fieldsOf(value).type === 'mrkdwn' ? renderMrkdwn(text, directory) : withEmoji(text);
}
