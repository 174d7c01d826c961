import { ReplyError } from '../../thread/errors.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { RendererDeps } from './edit-renderer.ts';
import { digestOf, type MessageContent } from './message.ts';
import { postOnce } from './post-once.ts';
import { refusalOf } from './refusal.ts';
import type { Sheet } from './sheets.ts';
import type { ThreadWrites, Urgency } from './thread-writes.ts';

/**
 * Posts a message for good. One that Slack's renderer does not take is posted in simpler blocks if it has any, and as
 * plain text at last. Rejects with a ReplyError when Slack refuses that as well.
 */
export async function postFinal(deps: RendererDeps, sheet: Sheet, urgency: Urgency): Promise<void> {
  const { log, signal } = deps;
  const [best, ...others] = forms(sheet);
  const post = (content: MessageContent & { digest: string }) =>
    postOnce(deps, { key: sheet.key, urgency, digest: content.digest, signal, render: () => content });
  const attempt = async (content: MessageContent & { digest: string }, rest: typeof others): Promise<void> => {
    try {
      await post(content);
    } catch (error) {
      const reason = refusalOf(error);
      const [next, ...after] = rest;
      if (!next || !isUnrenderable(reason)) throw new ReplyError(reason ?? 'unknown', { cause: error });
      log.warn({ key: sheet.key, reason }, 'message posted in a simpler form');
      await attempt({ ...next, digest: sheet.digest }, after);
    }
  };
  await attempt(best, others);
}

/** The ways to post a sheet, the best first. What is simpler stands for the sheet itself: nothing is left to edit. */
function forms(sheet: Sheet): [MessageContent & { digest: string }, ...MessageContent[]] {
  const first = sheet.first?.();
  const simple = sheet.plainer ? [sheet.plainer()] : [];
  return [
    first ? { ...first, digest: digestOf([first.text, first.blocks]) } : sheet,
    ...simple,
    { text: plainText(sheet), blocks: [] },
  ];
}

/**
 * Edits a message to the sheet that `render` gives when the write's turn has come, in simpler blocks when Slack refuses
 * its own. Gives the sheet that stands; null when there was nothing to write any more.
 */
export async function editSheet(
  writes: ThreadWrites,
  { ts, render, urgency }: { ts: SlackTs; render: () => Sheet | null; urgency: Urgency },
): Promise<Sheet | null> {
  let sent: Sheet | null = null;
  const newest = () => {
    sent = render();
    return sent;
  };
  try {
    return (await writes.update(ts, newest, urgency)) ? sent : null;
  } catch (error) {
    if (!isUnrenderable(refusalOf(error)) || !plainerOf(sent)) throw error;
  }
  return (await writes.update(ts, () => plainerOf(newest()), urgency)) ? sent : null;
}

function plainerOf(sheet: Sheet | null): MessageContent | null {
  return sheet?.plainer?.() ?? null;
}

const UNRENDERABLE = new Set([
  'invalid_attachments',
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
]);

function isUnrenderable(reason: string | null): boolean {
  return reason !== null && UNRENDERABLE.has(reason);
}

/** All of a message's words: as text alone, Slack takes 40,000 characters. */
function plainText(sheet: Sheet): string {
  // A question's own text says more than the Markdown in it.
  if (sheet.kind === 'question') return sheet.text;
  const { blocks, text } = sheet.plainer?.() ?? sheet;
  const words = blocks.flatMap((block) => (block.type === 'markdown' ? [block.text] : []));
  if (words.length === 0) return text;
  return words.join('\n').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
