import { hash } from 'node:crypto';
import type { KnownBlock, PlanBlock } from '@slack/types';
import type { StepPiece } from '../../thread/view.ts';
import { LATE_ACTIONS, POST_FILES_ACTION, RELEASE_ACTION, STOP_ACTION } from '../from-slack.ts';
import { cut, cutAtWord, disarm, escapeMrkdwn } from './disarm.ts';
import { duration } from './words.ts';

/** One Slack message as we want it: blocks, and a fallback text for notifications and screen readers. */
export interface MessageContent {
  text: string;
  blocks: KnownBlock[];
}

/** Room for a footer and a button below the longest Markdown that `msg_blocks_too_long` (about 13,200) allows. */
export const MAX_MARKDOWN = 11_500;
export const MAX_FALLBACK = 3_800;
/** Slack's number is 256, for titles in blocks and in streams alike. */
const MAX_TITLE = 250;

/** Words for notifications and screen readers, which Slack takes as mrkdwn; never cut through an entity. */
export function fallback(words: string): string {
  return cutAtWord(escapeMrkdwn(disarm(words.trim())), MAX_FALLBACK).replace(/&[a-z]*…$/, '…');
}

export function markdownBlock(text: string): KnownBlock {
  return { type: 'markdown', text };
}

export function sectionBlock(mrkdwn: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: mrkdwn, verbatim: true } };
}

/** Text that nothing is parsed in; the font is that of prose. */
export function plainBlock(text: string): KnownBlock {
  return { type: 'section', text: { type: 'plain_text', text, emoji: false } };
}

/** Text as it is, in a fixed-width font: nothing is parsed in it. */
export function preformattedBlock(text: string): KnownBlock {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}

export function contextBlock(mrkdwn: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn, verbatim: true }] };
}

export function stopBlock(): KnownBlock {
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        text: { type: 'plain_text', text: 'Stop', emoji: false },
        action_id: STOP_ACTION,
        accessibility_label: 'Stop the agent',
      },
    ],
  };
}

/** Asked once more before it is done: it answers the open request for everybody. */
export function postFilesBlock(): KnownBlock {
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        text: { type: 'plain_text', text: 'Try again', emoji: false },
        action_id: POST_FILES_ACTION,
        accessibility_label: 'Try again to post the files',
      },
    ],
  };
}

/** Whether messages that waited too long are still to be answered. */
export function lateBlock(): KnownBlock {
  const button = (text: string, action: string, label: string) => ({
    type: 'button' as const,
    text: { type: 'plain_text' as const, text, emoji: false },
    action_id: action,
    accessibility_label: label,
  });
  return {
    type: 'actions',
    elements: [
      { ...button('Answer it', LATE_ACTIONS.answer, 'Answer what waited'), style: 'primary' },
      button('Skip it', LATE_ACTIONS.skip, 'Do not answer what waited'),
    ],
  };
}

export function releaseBlock(): KnownBlock {
  const words = (text: string) => ({ type: 'plain_text' as const, text, emoji: false });
  return {
    type: 'actions',
    elements: [
      {
        type: 'button',
        text: words('Cancel the request and send now'),
        action_id: RELEASE_ACTION,
        accessibility_label: 'Cancel the open request and send the held message now',
        confirm: {
          title: words('Cancel the open request?'),
          text: words(
            'Every request of the agent that is open in this thread is cancelled, and what it asked for is not done. The held messages are sent to the agent at once.',
          ),
          confirm: words('Cancel and send'),
          deny: words('Keep waiting'),
          style: 'danger',
        },
      },
    ],
  };
}

type TaskStatus = 'pending' | 'in_progress' | 'complete' | 'error';

const TASK_STATUS: Record<StepPiece['state'], TaskStatus> = {
  running: 'in_progress',
  waiting: 'pending',
  done: 'complete',
  failed: 'error',
  stopped: 'error',
  denied: 'error',
  declined: 'error',
  expired: 'error',
};

export interface Task {
  id: string;
  title: string;
  status: TaskStatus;
}

/** A step as a task card; what the card's colour says is in the words too. */
export function taskOf({ id, title, state, tookMs }: StepPiece): Task {
  const took = tookMs === undefined ? '' : ` · ${duration(tookMs)}`;
  const ending = TASK_STATUS[state] === 'error' ? ` · ${state}` : '';
  return { id, title: `${taskTitle(title, MAX_TITLE - 40)}${ending}${took}`, status: TASK_STATUS[state] };
}

function taskTitle(title: string, max: number): string {
  const line = disarm(title.replace(/\s+/g, ' ').trim()) || 'tool';
  // A task field that begins with `#` may render empty.
  return cut(line.startsWith('#') ? `\u200b${line}` : line, max);
}

export function planBlock(title: string, tasks: Task[]): PlanBlock {
  return { type: 'plan', title, tasks: tasks.map(({ id, title, status }) => ({ task_id: id, title, status })) };
}

export function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 22);
}
