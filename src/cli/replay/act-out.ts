import type { Entry } from '../../ops/recording/bundle.ts';
import type { Block, PlaygroundMessage, PlaygroundView } from '../../playground/page/contract.ts';
import type { SlackServer } from '../../playground/slack/server.ts';
import { assertNever } from '../../thread/assert-never.ts';
import type { Cast } from './cast.ts';
import type { Act } from './plot.ts';

/** Does in the local workspace what people did in a recording. Rejects where it cannot be done there. */
export interface Stage {
  act(act: Act): Promise<void>;
  /** The local thread that plays a thread of the recording, and the other way round. */
  local(thread: string): { channel: string; root: string } | undefined;
  threadOf(place: { channel: string; root: string }): string | undefined;
}

export interface StageOptions {
  slack: SlackServer;
  cast: Cast;
  entries: readonly Entry[];
}

const GATE = 'drawbridge:gate:';
/** In real time: that a card comes takes the bot a moment. */
const CARD_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 10;

export function createStage({ slack, cast, entries }: StageOptions): Stage {
  const threads = new Map<string, { channel: string; root: string }>();
  /** Calls that wait for a decision, by thread, in the order in which their cards stand there. */
  const decided = new Set<string>();

  const messagesIn = ({ channel, root }: { channel: string; root: string }) => {
    const found = slack.state().channels.find(({ id }) => id === channel);
    return (found?.messages ?? []).filter(({ ts, thread_ts }) => ts === root || thread_ts === root);
  };
  const place = (thread: string) => {
    const found = threads.get(thread);
    if (found === undefined) throw new Error(`nothing was written in ${thread} before`);
    return found;
  };
  /** The message of the bot that offers one of these, in the order of `names`. */
  const find = async (thread: string, { names, skip = 0 }: { names: string[]; skip?: number }) => {
    const end = Date.now() + CARD_WITHIN_MS;
    for (;;) {
      for (const name of names) {
        const offering = messagesIn(place(thread)).filter((message) => offers(message, name));
        const message = offering[Math.min(skip, offering.length - 1)];
        if (message !== undefined) return { message, name };
      }
      if (Date.now() > end) throw new Error(`no card in ${thread} offers ${names.join(' or ')}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  const press = async (act: { thread: string; by: string }, wanted: { names: string[]; skip?: number }) => {
    const { message, name } = await find(act.thread, wanted);
    const { channel } = place(act.thread);
    const user = cast.person(act.by, channel);
    const { view } = await slack.act.click({ user, channel, message_ts: message.ts, action_id: name });
    return { view, user };
  };
  const say = (act: Extract<Act, { channel: string }>, text: string) => {
    const known = threads.get(act.thread);
    const channel = known?.channel ?? cast.channel(act.channel, act.by);
    const user = cast.person(act.by, channel);
    const { ts } = slack.act.say({ user, channel, text, ...(known ? { thread_ts: known.root } : {}) });
    if (!known) threads.set(act.thread, { channel, root: ts });
  };
  const write = (act: Extract<Act, { type: 'message' }>) => {
    // What was said before somebody called it in was not recorded; that something was stands for it.
    if (!act.isRoot && !threads.has(act.thread) && !act.channel.startsWith('D')) say(act, 'What was said before.');
    const mention = act.addressed && !act.channel.startsWith('D') ? `<@${slack.botUserId}> ` : '';
    say(act, `${mention}${cast.text(act.text)}` || 'A file.');
  };
  /** How many cards stand before the one of this call. */
  const before = (act: { thread: string; call: string | null }) => {
    const asked = entries.flatMap((entry) =>
      entry.type === 'called' && entry.thread === act.thread && entry.tool.asks ? [entry.call] : [],
    );
    const open = asked.filter((call) => !decided.has(call));
    return Math.max(0, act.call === null ? 0 : open.indexOf(act.call));
  };

  const decide = async (act: Extract<Act, { type: 'decision' }>) => {
    const { view, user } = await press(act, { names: buttonsOf(act.choice), skip: before(act) });
    if (act.call !== null) decided.add(act.call);
    if (view === undefined) return;
    const text = act.choice.type === 'deny' ? (act.choice.reason ?? '') : 'something';
    const { errors } = await slack.act.submit({ user, view_id: view.id, values: filledIn(view, text) });
    if (errors) throw new Error(`the form of ${act.thread} is refused: ${Object.values(errors).join('; ')}`);
  };

  return {
    local: (thread) => threads.get(thread),
    threadOf: ({ channel, root }) =>
      [...threads].find(([, local]) => local.channel === channel && local.root === root)?.[0],
    async act(act) {
      switch (act.type) {
        case 'message':
          return write(act);
        case 'stop': {
          if (act.said) return say(act, 'stop');
          const { channel, root } = place(act.thread);
          return slack.act.stop({ user: cast.person(act.by, channel), channel, thread_ts: root });
        }
        case 'release':
          return void (await press(act, { names: ['drawbridge:release'] }));
        case 'files':
          if (act.what === 'list') return say(act, 'files');
          return void (await press(act, { names: ['drawbridge:post-files'] }));
        case 'opened':
          return void (await press(act, { names: [`${GATE}show`], skip: before(act) }));
        case 'decision':
          return decide(act);
        default:
          return assertNever(act);
      }
    },
  };
}

function offers({ blocks }: PlaygroundMessage, name: string): boolean {
  return JSON.stringify(blocks ?? []).includes(`"action_id":"${name}"`);
}

/** The buttons that mean it, the best one first. */
function buttonsOf(choice: Extract<Act, { type: 'decision' }>['choice']): string[] {
  const named = (...names: string[]) => names.map((name) => `${GATE}${name}`);
  switch (choice.type) {
    case 'approve':
      return choice.forThread ? named('approve-thread', 'approve') : named('approve');
    case 'deny':
      return choice.reason === null ? named('deny') : named('deny-reason', 'deny');
    case 'pick':
      return named(`pick:${choice.index}`);
    case 'answer':
      return named('form');
    case 'decline':
      return named('decline');
    case 'raise':
      return named(`raise:${choice.byCents}`);
    case 'leave':
      return named('leave');
    default:
      return assertNever(choice);
  }
}

/** Something in every field of a modal. */
function filledIn({ view }: PlaygroundView, text: string): Record<string, Record<string, unknown>> {
  const inputs = view.blocks.filter(({ type }) => type === 'input');
  return Object.fromEntries(inputs.map((block) => [block.block_id ?? '', fieldOf(block, text)]));
}

function fieldOf(block: Block, text: string): Record<string, unknown> {
  const element = block.element as { type: string; action_id: string; options?: { value: string }[] };
  const [first] = element.options ?? [];
  return { [element.action_id]: first === undefined ? text : first.value };
}
