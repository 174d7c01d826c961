import type { WebClient } from '@slack/web-api';
import type { QuestionId } from '../../thread/question.ts';
import { clickBody } from '../delivery.ts';
import { type GateAction, readActionId } from './actions.ts';

/** Somebody pressed a button of a card or of one of our modals. */
export interface GateClick extends GateAction {
  by: string;
  /** The person's own team; null when Slack does not say. */
  team: string | null;
  /** One, or several for a batch. */
  questions: [QuestionId, ...QuestionId[]];
  trigger: string;
  /** The thread the card stands in, so that an answer is shown there. */
  threadTs: string | null;
  /** The modal that the button stands in. */
  view: { id: string; hash: string } | null;
}

/** How a click can be answered. */
export interface Answering {
  /** Never rejects. */
  ack(): Promise<void>;
  /** Says something to the one who clicked, and to nobody else. Never rejects. */
  tell(mrkdwn: string): Promise<void>;
  client: WebClient;
}

/** Null for a click that none of our buttons can make. */
export function readClick(body: unknown): GateClick | null {
  const parsed = clickBody.safeParse(body);
  if (!parsed.success) return null;
  const { user, actions, trigger_id, view, container, message } = parsed.data;
  const pressed = actions[0];
  const action = readActionId(pressed?.action_id ?? '');
  const [first, ...others] = (pressed?.value ?? '').split(',').filter((id) => id !== '') as QuestionId[];
  if (!action || first === undefined) return null;
  return {
    ...action,
    by: user.id,
    team: user.team_id ?? null,
    questions: [first, ...others],
    trigger: trigger_id ?? '',
    threadTs: container.thread_ts ?? message?.thread_ts ?? null,
    view: view ?? null,
  };
}
