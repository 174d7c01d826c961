import type { PlaygroundMessage, PostFile } from '../../src/playground/page/contract.ts';
import { PersonRefusal } from '../../src/playground/slack/refusal.ts';
import type { World } from './world.ts';

export type Place = 'channel' | 'dm';

type Event = { id: string; type: string; [field: string]: unknown };

/** Ana, who has a conversation with the bot in one thread, whatever becomes of its process meanwhile. */
export interface Person {
  /** Writes; the first message roots the thread. */
  say(text: string, files?: PostFile[]): string;
  /** Stops the agent the way people do it here: the word in a channel, Slack's own button in a direct message. */
  stop(): void;
  /** Presses the button whose action ends so, again and again until the press has counted. */
  press(verb: string): Promise<void>;
  /** Waits until `check` gives something truthy. */
  until(what: string, check: () => unknown): Promise<void>;
  /** The thread as it stands, its root first. */
  thread(): PlaygroundMessage[];
  /** What the bot's messages say, each as one text. */
  read(): string[];
  /** What the thread's sessions have, oldest first. */
  events(): Event[];
  /** The ts of what was said to the agent, in order. */
  said: readonly string[];
  /** The verbs of the buttons pressed, in order. */
  pressed: readonly string[];
  channel: string;
  root(): string;
}

/** Something did not happen for so long that it never will. */
export class Stuck extends Error {}

const LOOK_EVERY_MS = 30;

export function createPerson(
  { slack, agents, clock }: World,
  { place, patienceMs }: { place: Place; patienceMs: number },
): Person {
  const { users, channels } = slack.state();
  const user = users.find(({ name }) => name === 'Ana')?.id ?? '';
  const isHere = ({ name, is_im, members }: (typeof channels)[number]) =>
    place === 'dm' ? is_im && members.includes(user) && members.includes(slack.botUserId) : name === 'ops';
  const channel = channels.find(isHere)?.id ?? '';
  const said: string[] = [];
  const pressed: string[] = [];
  const deadline = clock.now() + patienceMs;

  const person: Person = {
    said,
    pressed,
    channel,
    root: () => said[0] ?? '',
    say(text, files) {
      const root = said[0];
      const { ts } = slack.act.say({
        user,
        channel,
        text: root === undefined && place === 'channel' ? `@Drawbridge ${text}` : text,
        ...(root === undefined ? {} : { thread_ts: root }),
        ...(files ? { files } : {}),
      });
      said.push(ts);
      return ts;
    },
    stop() {
      const thread_ts = person.root();
      if (place === 'channel') return void slack.act.say({ user, channel, text: 'stop', thread_ts });
      try {
        slack.act.stop({ user, channel, thread_ts });
      } catch (error) {
        // With a bot that was away for long, all is done when its first words are seen: there is no button any more.
        if (!(error instanceof PersonRefusal)) throw error;
      }
    },
    async press(verb) {
      const action_id = `drawbridge:gate:${verb}`;
      const card = () =>
        person.thread().find(({ blocks }) => JSON.stringify(blocks ?? []).includes(`"action_id":"${action_id}"`));
      await person.until(`a button to ${verb}`, card);
      pressed.push(verb);
      // A press that was not answered may have counted: then its button goes away.
      for (let open = card(); open; open = card()) {
        await slack.act.click({ user, channel, message_ts: open.ts, action_id }).catch((error: unknown) => {
          if (!(error instanceof PersonRefusal)) throw error;
        });
        await pause();
        if (clock.now() > deadline) throw new Stuck(`the button to ${verb} never had an effect`);
      }
    },
    async until(what, check) {
      while (!check()) {
        if (clock.now() > deadline) throw new Stuck(`never happened: ${what}`);
        await pause();
      }
    },
    thread() {
      const root = person.root();
      const messages = slack.state().channels.find(({ id }) => id === channel)?.messages ?? [];
      return messages.filter(({ ts, thread_ts }) => ts === root || thread_ts === root);
    },
    read: () =>
      person
        .thread()
        .filter((message) => message.user === slack.botUserId)
        .map(wordsOf),
    events: () =>
      agents
        .records()
        .sessions.filter(({ metadata }) => metadata.slack_thread_ts === person.root())
        .flatMap(({ events }) => events as Event[]),
  };
  return person;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

/** All that a message says, without what keeps its words from pinging. */
function wordsOf({ text, blocks, stream }: PlaygroundMessage): string {
  const parts = stream?.parts.map((part) => {
    if (part.type === 'text') return part.text;
    return part.type === 'task' ? `\n[${part.title}]\n` : textsOf(part.blocks);
  });
  const words = parts ? parts.join('') : blocks ? textsOf(blocks) : text;
  return words.replaceAll('\u200b', '');
}

function textsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsOf).filter(Boolean).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => (/^(text|title)$/.test(key) && typeof inner === 'string' ? inner : textsOf(inner)))
    .filter(Boolean)
    .join('\n');
}
