import type { KnownBlock, ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { QuestionId } from '../../thread/question.ts';
import { plainBlock, sectionBlock } from '../reply/message.ts';
import { refusalOf } from '../reply/refusal.ts';

export interface ModalOptions {
  title: string;
  blocks: KnownBlock[];
  question: QuestionId;
  /** With a button that sends it; without, it can only be closed. */
  sends?: { label: string; callbackId: string };
}

/** One of our modals; what it is about comes back with it in `private_metadata`. */
export function modal({ title, blocks, question, sends }: ModalOptions): ModalView {
  const words = (text: string) => ({ type: 'plain_text' as const, text, emoji: false });
  return {
    type: 'modal',
    title: words(title),
    close: words(sends ? 'Cancel' : 'Close'),
    private_metadata: question,
    blocks,
    ...(sends ? { submit: words(sends.label), callback_id: sends.callbackId } : {}),
  };
}

/** A modal that only says something. */
export function wordsModal(question: QuestionId, mrkdwn: string): ModalView {
  return modal({ title: 'Drawbridge', blocks: [sectionBlock(mrkdwn)], question });
}

/** Opened where what it is to show takes too long for the click that asked for it. */
export function loadingModal(question: QuestionId): ModalView {
  return modal({ title: 'One moment', blocks: [plainBlock('Loading…')], question });
}

/** Changes an open modal; that the person has closed it, or turned it on, is as good. */
export async function updateIfOpen(
  client: WebClient,
  viewId: string,
  { view, hash }: { view: ModalView; hash?: string },
): Promise<boolean> {
  try {
    await client.views.update({ view_id: viewId, view, ...(hash === undefined ? {} : { hash }) });
    return true;
  } catch (error) {
    const reason = refusalOf(error);
    if (reason !== 'not_found' && reason !== 'hash_conflict') throw error;
    return false;
  }
}
