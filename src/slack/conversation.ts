import type { WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { parseThreadId } from '../thread/ids.ts';
import type { Conversation } from '../thread/ports.ts';
import type { Identity } from './from-slack.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { readSoFar } from './so-far.ts';
import { createSpokenLines, newestWithin } from './spoken-lines.ts';

export interface ConversationOptions {
  reader: WebClient;
  people: People;
  places: Places;
  identity(): Identity;
  clock: Clock;
}

/** Characters of what was said so far; what is older is left out. */
const SO_FAR_CHARACTERS = 20_000;

/** Reads Slack for the agent: ids become names, control sequences become words. */
export function createConversation({ reader, people, places, identity, clock }: ConversationOptions): Conversation {
  const spoken = createSpokenLines({ people, places, identity });
  return {
    async read({ thread, ts, author, text }) {
      const [name, place, said] = await Promise.all([
        people.name(author),
        places.label(parseThreadId(thread).channel),
        spoken.readable(text),
      ]);
      return { marker: { ts, author: { id: author, name }, place }, text: said };
    },

    async soFar(thread, before) {
      const window = await readSoFar(reader, { thread, before, clock });
      if (!window) return null;
      const lines = await Promise.all(window.messages.map(spoken.line));
      const kept = newestWithin(
        lines.filter(({ text }) => text !== ''),
        SO_FAR_CHARACTERS,
      );
      if (kept.lines.length === 0) return null;
      return { lines: kept.lines, leftOut: kept.leftOut + window.leftOut };
    },
  };
}
