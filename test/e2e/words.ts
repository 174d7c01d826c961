import type { PlaygroundMessage, PlaygroundView } from '../../src/playground/page/contract.ts';
import type { Rig } from './rig.ts';

/** Every text in blocks, one a line: what a person reads. */
export function textsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsOf).filter(Boolean).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => (/^(text|title)$/.test(key) && typeof inner === 'string' ? inner : textsOf(inner)))
    .filter(Boolean)
    .join('\n');
}

/** Our messages about questions in a thread, oldest first, whether they have buttons or not. */
export function cardsIn(rig: Rig, channel: string, root: string): PlaygroundMessage[] {
  return rig.thread(channel, root).filter(({ blocks }) => /The agent want(s|ed) to/.test(textsOf(blocks)));
}

/** What the message with this ts says now; empty when it is gone. */
export function wordsAt(rig: Rig, { channel, root, ts }: { channel: string; root: string; ts: string }): string {
  return textsOf(rig.thread(channel, root).find((message) => message.ts === ts)?.blocks ?? []);
}

/** What to send from a modal with one field. */
export function valuesFor(view: PlaygroundView | undefined, text: string): Record<string, Record<string, unknown>> {
  const block = view?.view.blocks.find(({ type }) => type === 'input');
  const element = block?.element as { action_id: string } | undefined;
  return { [block?.block_id ?? '']: { [element?.action_id ?? '']: text } };
}

/** A message of the bot that nothing in it belongs to any more: old buttons, as a client may still show them. */
export async function postStale(
  rig: Rig,
  { channel, root, verb, value }: { channel: string; root: string; verb: string; value: string },
): Promise<string> {
  const element = {
    type: 'button',
    text: { type: 'plain_text', text: 'Approve' },
    action_id: `drawbridge:gate:${verb}`,
    value,
  };
  const response = await fetch(`${rig.slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      channel,
      thread_ts: root,
      text: 'An old card',
      blocks: [{ type: 'actions', elements: [element] }],
    }),
  });
  const { ok, ts } = (await response.json()) as { ok: boolean; ts: string };
  if (!ok) throw new Error('the old card could not be posted');
  return ts;
}
