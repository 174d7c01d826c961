import { createHash } from 'node:crypto';
import type { Registry } from '../thread/gate-ports.ts';
import type { Answer, Approval, Form, Option, Outcome, Question, QuestionId, Shown } from '../thread/question.ts';
import { keyOf } from '../thread/turn.ts';
import type { AskTerms } from './policy/policy.ts';

/** All that is kept of a question. Plain JSON. */
export interface QuestionRecord {
  id: QuestionId;
  question: Question;
  /** ms since the epoch. */
  askedAt: number;
  body: RecordBody;
  /**
   * `open`: people may decide · `approved`: a tool of ours is to run · `running`: it does, in the process that began ·
   * `decided`: the session is to be told · `closed`.
   */
  state: 'open' | 'approved' | 'running' | 'decided' | 'closed';
  /** Nobody was asked: the policy or a tool of ours has answered. */
  isQuiet: boolean;
  /** The policy's rule it falls under. */
  rule: string | null;
  terms: Pick<
    AskTerms,
    'audience' | 'quorum' | 'onExpiry' | 'remindAfterMs' | 'escalate' | 'offersThread' | 'mustOpenInFull'
  >;
  /** ms since the epoch; null: never. */
  expiresAt: number | null;
  approvals: Approval[];
  /** Who has seen the whole input. */
  openedBy: string[];
  /** Reminders and escalations that were due so far, by id; those that came too late to be told are not shown. */
  nudges: { id: string; isShown: boolean }[];
  answer: Answer | null;
  outcome: Outcome | null;
}

export type RecordBody =
  | { type: 'tool'; title: string; excerpt: Shown; isCut: boolean; masked: number; hash: string }
  | { type: 'form'; question: string; form: Form; buttons: Option[] | null; person: string }
  | { type: 'budget'; stepsCents: number[] };

/** Records by question, with their type. */
export interface Records {
  load(id: QuestionId): Promise<QuestionRecord | undefined>;
  change(
    id: QuestionId,
    change: (before: QuestionRecord | undefined) => QuestionRecord | undefined,
  ): Promise<QuestionRecord | undefined>;
}

export function createRecords(registry: Registry): Records {
  return {
    load: async (id) => (await registry.load(id)) as QuestionRecord | undefined,
    change: async (id, change) =>
      (await registry.change(id, (before) => change(before as QuestionRecord | undefined))) as
        | QuestionRecord
        | undefined,
  };
}

/** The same question has the same id, whoever asks it again after a crash. */
export function idOf({ thread, subject }: Pick<Question, 'thread' | 'subject'>): QuestionId {
  const digest = createHash('sha256')
    .update(`${thread}\n${keyOf(subject)}`)
    .digest('base64url');
  return `q${digest.slice(0, 22)}` as QuestionId;
}
