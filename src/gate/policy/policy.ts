import type { ToolCall } from '../../thread/event.ts';
import type { Audience } from '../../thread/question.ts';
import type { GateSection } from './schema.ts';

/** What the agent may do, ready to judge by. */
export interface Policy {
  /** The section it was made of, for checks that need to know more than the file. */
  section: GateSection;
  /** How people are asked where no rule says otherwise. */
  defaults: AskTerms;
  rules: readonly Rule[];
  budget: BudgetPolicy;
  askUser: { remindAfterMs: number[]; expireAfterMs: number };
  audit: { content: boolean };
}

export interface Rule {
  name: string;
  verdict: Verdict['verdict'];
  /** For the agent, when it is denied. */
  reason: string | null;
  terms: AskTerms;
  readsInput: boolean;
  /** Whether it is about the call, its input aside. */
  fits(call: Omit<Call, 'tool'> & { tool: Tool }): boolean;
  /** Whether it is about such an input; true when it does not read any. */
  fitsInput(input: unknown): boolean;
}

export interface AskTerms {
  audience: Audience;
  quorum: number;
  expireAfterMs: number;
  onExpiry: 'deny' | 'stop';
  /** After asking, ascending, all of them before the expiry. */
  remindAfterMs: number[];
  /** Who may decide as well from then on: ascending, all of them before the expiry. */
  escalate: { afterMs: number; audience: Audience }[];
  offersThread: boolean;
  /** An input too long for the card can be approved only by somebody who opened it in full. */
  mustOpenInFull: boolean;
}

/** Cents of list cost; null: no cap. */
export interface BudgetPolicy {
  threadCents: number | null;
  personPerDayCents: number | null;
  channelPerDayCents: number | null;
  raiseByCents: number[];
  raisers: Audience;
}

/** What a tool call is besides its input. */
export type Tool = Pick<ToolCall, 'kind' | 'name' | 'server'>;

/** A tool call to be judged, with all that a rule may look at. */
export interface Call {
  tool: Tool & Pick<ToolCall, 'input'>;
  /** The thread's channel. */
  channel: string;
  requesters: readonly string[];
  /** What happens when no rule is about it. */
  base: 'ask' | 'allow';
  /**
   * Who is in the user groups that rules name as requesters (`requesterGroups`). Of a group that is missing it is not
   * known who is in it: it keeps no `allow` and escapes no `ask` or `deny`.
   */
  groupsOf: ReadonlyMap<string, readonly string[]>;
}

export interface Verdict {
  verdict: 'allow' | 'ask' | 'deny';
  /** The rules it comes from, in words; null: none is about the call. */
  rule: string | null;
  /** Their names, sorted. */
  rules: readonly string[];
  /** For the agent, when it is denied. */
  reason: string | null;
  /** How people are asked; of no meaning unless they are. */
  terms: AskTerms;
}
