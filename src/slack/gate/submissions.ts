import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { assertNever } from '../../thread/assert-never.ts';
import type { QuestionId, Ruling } from '../../thread/question.ts';
import { submissionBody } from '../delivery.ts';
import { ACK_WITHIN_MS } from './ack-when-done.ts';
import { GATE_VIEWS } from './actions.ts';
import type { GateDeps } from './clicks.ts';
import { reasonOf } from './deny-modal.ts';
import { fieldErrors, formValues } from './form-values.ts';
import { inTime } from './in-time.ts';
import { updateIfOpen, wordsModal } from './modal.ts';
import { NOT_OFFERED, OUTSIDER, refusedWords, UNKNOWN } from './refused-words.ts';

/** Somebody sent one of our modals. */
export interface Submission {
  by: string;
  /** The person's own team; null when Slack does not say. */
  team: string | null;
  question: QuestionId;
  viewId: string;
  callbackId: string;
  /** By block id and action id, as Slack has it. */
  values: Record<string, Record<string, unknown>>;
}

/** What becomes of the modal: it closes, says what is wrong with its fields, or says something instead. */
export type ModalAnswer =
  | { response_action: 'clear' }
  | { response_action: 'errors'; errors: Record<string, string> }
  | { response_action: 'update'; view: ModalView };

const BROKEN_WORDS = 'I could not record that. Send it again in a moment; it counts only once.';
const LATE_WORDS =
  'I am still recording this. If this window does not change in a moment, send it again; it counts only once.';

export function readSubmission(body: unknown): Submission | null {
  const parsed = submissionBody.safeParse(body);
  if (!parsed.success) return null;
  const { user, view } = parsed.data;
  return {
    by: user.id,
    team: user.team_id ?? null,
    question: view.private_metadata as QuestionId,
    viewId: view.id,
    callbackId: view.callback_id,
    values: view.state.values,
  };
}

/** What follows when one of the gate's modals is sent. */
export function createSubmissions({ desk, teamId, clock, log }: GateDeps) {
  const deny = async (submission: Submission): Promise<ModalAnswer> => {
    const { question, by } = submission;
    const ruling = await desk.decide({ question, by, choice: { type: 'deny', reason: reasonOf(submission) } });
    return answerTo(submission, ruling);
  };

  const fill = async (submission: Submission): Promise<ModalAnswer> => {
    const { question, by, values } = submission;
    const card = await desk.card(question);
    if (!card) return saying(submission, refusedWords(UNKNOWN));
    if (card.body.type !== 'form') return saying(submission, refusedWords(NOT_OFFERED));
    const { form } = card.body;
    const ruling = await desk.decide({ question, by, choice: { type: 'answer', values: formValues(form, values) } });
    if (ruling.type !== 'invalid' || form.fields.length === 0) return answerTo(submission, ruling);
    return { response_action: 'errors', errors: fieldErrors(form, ruling.errors) };
  };

  const take = async (submission: Submission): Promise<ModalAnswer> => {
    const { team, callbackId } = submission;
    if (team !== null && team !== teamId) return saying(submission, refusedWords(OUTSIDER));
    return callbackId === GATE_VIEWS.form ? fill(submission) : deny(submission);
  };

  return async (submission: Submission, { ack, client }: SubmissionAnswering): Promise<void> => {
    const taking = take(submission).catch((error: unknown) => {
      log.error({ err: error }, 'decision not recorded');
      return keeping(submission, BROKEN_WORDS);
    });
    const soon = await inTime(taking, { clock, withinMs: ACK_WITHIN_MS });
    await ack(soon.late ? keeping(submission, LATE_WORDS) : soon.result);
    if (!soon.late) return;
    const last = await taking;
    // The modal still stands as it was sent. What is wrong with it shows when it is sent again, and nothing is lost.
    if (last.response_action === 'errors') return;
    const view = last.response_action === 'update' ? last.view : wordsModal(submission.question, 'Done: it stands.');
    await updateIfOpen(client, submission.viewId, { view });
  };
}

export interface SubmissionAnswering {
  /** Never rejects. */
  ack(answer: ModalAnswer): Promise<void>;
  client: WebClient;
}

function answerTo(submission: Submission, ruling: Ruling): ModalAnswer {
  switch (ruling.type) {
    case 'decided':
    case 'counted':
      return { response_action: 'clear' };
    case 'invalid':
      return keeping(submission, Object.values(ruling.errors).join(' ') || 'That is not a possible answer.');
    case 'refused':
      // It may go through in a moment: what was written stays.
      return ruling.why === 'unsure'
        ? keeping(submission, refusedWords(ruling))
        : saying(submission, refusedWords(ruling));
    default:
      return assertNever(ruling);
  }
}

function saying({ question }: Submission, mrkdwn: string): ModalAnswer {
  return { response_action: 'update', view: wordsModal(question, mrkdwn) };
}

/** Says something at the first field, so that what was written is kept; a modal without fields has nothing to keep. */
function keeping(submission: Submission, words: string): ModalAnswer {
  const [first] = Object.keys(submission.values);
  if (first === undefined) return saying(submission, words);
  return { response_action: 'errors', errors: { [first]: words } };
}
