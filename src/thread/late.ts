import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { isForAgent } from './apply.ts';
import type { Attendance } from './attendance.ts';
import { ReplyError } from './errors.ts';
import type { Incoming } from './files/incoming.ts';
import type { Directory, Gate } from './gate-ports.ts';
import type { ThreadId } from './ids.ts';
import { type Input, type LateInput, type MessageInput, tsMs } from './input.ts';
import type { Line } from './line.ts';
import type { Inbox, LateCard, Refusal, Replies } from './ports.ts';
import type { Stage } from './stage.ts';
import { close, hasHeard } from './turn.ts';

/** How an absence shows in a thread. */
export interface LateSettings {
  /** A message that waited longer than this while nobody was there is asked about. */
  askAfterMs: number;
  /** An answer that is older than this when people get it is said to be old. */
  oldAnswerAfterMs: number;
}

/**
 * Messages that waited so long while nobody was there that their writers may have no use for an answer any more. They are
 * asked about once, on one card for all of a thread; what people write meanwhile does not wait for that.
 */
export interface Late {
  /** What people chose counts from now on, if nothing is under way. */
  choose(inputs: readonly Input[]): Promise<void>;
  /** `due`: like any other message · `asked`: people are yet to say · `unwanted`: they said no. */
  standing(message: MessageInput): 'due' | 'asked' | 'unwanted';
  /** It is not going to be sent, as people wanted. */
  skip(message: MessageInput): Promise<void>;
  /** This choice is still needed. */
  isNeeded(choice: LateInput): Promise<boolean>;
  /** Asks about what is to be asked about, if nothing is under way. */
  ask(): Promise<void>;
  /** Says in the turn how long nobody was there, once per absence, when the message waited because of it. */
  tellAway(message: MessageInput, inputs: readonly Input[]): Promise<void>;
  /** How old a message is, without the time in which nobody was there or people were asked. */
  ageMs(input: Input, inputs: readonly Input[]): number;
}

export interface LateOptions {
  thread: ThreadId;
  stage: Stage;
  line: Line;
  inbox: Inbox;
  gate: Gate;
  incoming: Incoming;
  attendance: Pick<Attendance, 'missedMs' | 'last'>;
  directory: Pick<Directory, 'person'>;
  replies: Pick<Replies, 'refuse'>;
  late: LateSettings;
  clock: Clock;
  log: Logger;
}

/** A shorter absence is a restart, which nobody needs to hear of. */
export const WORTH_TELLING_MS = 300_000;

export function createLate(options: LateOptions): Late {
  return new WaitedMessages(options);
}

class WaitedMessages implements Late {
  readonly #options: LateOptions;
  /** People were told that it goes by itself once there is budget again. */
  readonly #isPromised: boolean;

  constructor(options: LateOptions) {
    this.#options = options;
    this.#isPromised = options.stage.record().isHeldBack;
  }

  async choose(inputs: readonly Input[]): Promise<void> {
    const { thread, stage, replies, log } = this.#options;
    const { late: card } = stage.record();
    if (card === null || card.choice !== null || stage.owes()) return;
    for (const choice of inputs.filter((input): input is LateInput => input.type === 'late')) {
      const { by, what } = choice;
      const why = await this.#whyNot(choice, { inputs, card });
      if (why === null) return this.#sayCard({ ...card, choice: { by, what } }, []);
      log.info({ threadId: thread, why }, 'somebody who may not chose');
      await this.#settle(choice);
      replies.refuse(thread, { to: by, why });
    }
  }

  standing(message: MessageInput): ReturnType<Late['standing']> {
    const { stage } = this.#options;
    if (this.#isPromised || hasHeard(stage.turn(), message) || !this.#isLate(message)) return 'due';
    const { late } = stage.record();
    if (late === null || late.choice === null || !late.inputs.includes(message.ts)) return 'asked';
    return late.choice.what === 'answer' ? 'due' : 'unwanted';
  }

  async skip(message: MessageInput): Promise<void> {
    this.#options.incoming.forget(message);
    await this.#settle(message);
  }

  async isNeeded(choice: LateInput): Promise<boolean> {
    const { thread, stage, inbox } = this.#options;
    const { late: card } = stage.record();
    if (card === null) return false;
    const inputs = await inbox.list(thread);
    if (!inputs.some(({ ts, type }) => type === 'late' && ts === choice.ts)) return false;
    return card.choice === null || inputs.some(({ ts, type }) => type === 'message' && card.inputs.includes(ts));
  }

  async ask(): Promise<void> {
    const { thread, stage, inbox, clock } = this.#options;
    if (stage.hasEnded()) return;
    const messages = this.#askedAbout(await inbox.list(thread));
    const [first] = messages;
    if (first === undefined) return;
    if (stage.owes()) return this.#endBegun();
    const { late: card } = stage.record();
    const timestamps = messages.map(({ ts }) => ts);
    if (card !== null && (card.choice !== null || card.inputs.join() === timestamps.join())) return;
    await this.#sayCard(
      {
        key: card?.key ?? `late:${first.ts}`,
        inputs: timestamps,
        waitedMs: clock.now() - tsMs(first),
        choice: null,
      },
      messages,
    );
  }

  async tellAway(message: MessageInput, inputs: readonly Input[]): Promise<void> {
    const { stage, attendance } = this.#options;
    const absence = attendance.last();
    if (absence === null || stage.record().toldAway === absence.to) return;
    if (this.#missedMs(message) < WORTH_TELLING_MS || this.#isLate(message)) return;
    const isConcerned = (input: Input) => isForAgent(input) && this.#missedMs(input) >= WORTH_TELLING_MS;
    const messages = inputs.filter(isConcerned).length;
    await stage.tellAway(absence.to, { code: 'away', awayMs: absence.to - absence.from, messages });
  }

  ageMs(input: Input, inputs: readonly Input[]): number {
    const { attendance, clock } = this.#options;
    const choices = inputs.filter(({ type }) => type === 'late').map(tsMs);
    const since = Math.max(tsMs(input), ...choices);
    return clock.now() - since - attendance.missedMs(since);
  }

  #missedMs(input: Input): number {
    return this.#options.attendance.missedMs(tsMs(input));
  }

  #isLate(message: MessageInput): boolean {
    const { stage, late } = this.#options;
    return this.#missedMs(message) >= late.askAfterMs || stage.record().late?.inputs.includes(message.ts) === true;
  }

  #askedAbout(inputs: readonly Input[]): MessageInput[] {
    return inputs.filter(
      (input): input is MessageInput => isForAgent(input) && this.standing(input as MessageInput) === 'asked',
    );
  }

  /** Its writers may choose, and every full member. When Slack cannot say who this is, they may not now. */
  async #whyNot(
    { by }: LateInput,
    { inputs, card }: { inputs: readonly Input[]; card: LateCard },
  ): Promise<Refusal['why'] | null> {
    if (inputs.some((input) => input.type === 'message' && card.inputs.includes(input.ts) && input.author === by)) {
      return null;
    }
    const { directory, log } = this.#options;
    try {
      return (await directory.person(by)).standing === 'member' ? null : 'not-theirs';
    } catch (err) {
      log.warn({ err }, 'it is not known who chose');
      return 'unknown-person';
    }
  }

  /** A thread that is gone for good: nobody can be asked there, nor see an answer. */
  async #sayCard(card: LateCard, messages: readonly MessageInput[]): Promise<void> {
    const { stage, log } = this.#options;
    try {
      await stage.sayLate(card, messages.at(-1));
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      log.warn({ reason: error.reason, messages: messages.length }, 'nobody can be asked about what waited');
      for (const message of messages) await this.skip(message);
    }
  }

  /** A turn was begun for what is asked about now, and died with its process before anything was sent. */
  #endBegun(): void {
    const { stage, line } = this.#options;
    const { phase, heard, held } = stage.turn();
    const isEmpty = phase === 'starting' && heard.length === 0 && held.length === 0;
    if (isEmpty && (line.is('live') || stage.session() === null)) stage.change(close);
  }

  async #settle(input: Input): Promise<void> {
    const { stage, gate, inbox } = this.#options;
    await gate.noted(input, stage.session());
    await inbox.settle(input);
  }
}
