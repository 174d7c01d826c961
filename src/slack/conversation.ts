import type { WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { parseThreadId } from '../thread/ids.ts';
import type { InputFile } from '../thread/input.ts';
import type { Conversation, SoFar } from '../thread/ports.ts';
import { writtenEvent } from './delivery.ts';
import type { Identity } from './from-slack.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { mentionedUsers, namelessChannels, readable } from './readable.ts';
import { readSoFar, type Said } from './so-far.ts';
import { writtenFiles, writtenText } from './written.ts';

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
  const asReadable = async (text: string) => {
    const [users, channels] = await Promise.all([
      named(mentionedUsers(text), people.name),
      named(namelessChannels(text), async (channel) => (await places.label(channel)).replace(/^#/, '')),
    ]);
    return readable(text, { users, channels });
  };

  const lineOf = async (message: Said): Promise<SoFar['lines'][number]> => {
    const written = writtenEvent.parse(message);
    const text = await asReadable(writtenText(written, identity().botUserId));
    const files = writtenFiles(written).map(fileLine);
    return {
      author: await authorOf(message, { people, identity: identity() }),
      text: [text, ...files].join('\n').trim(),
    };
  };

  return {
    async read({ thread, ts, author, text, files }) {
      const [name, place, said] = await Promise.all([
        people.name(author),
        places.label(parseThreadId(thread).channel),
        asReadable(text),
      ]);
      const lines = [said, ...files.map(fileLine)].filter((line) => line !== '');
      return { marker: { ts, author: { id: author, name }, place }, text: lines.join('\n') };
    },

    async soFar(thread, before) {
      const window = await readSoFar(reader, { thread, before, clock });
      if (!window) return null;
      const lines = await Promise.all(window.messages.map(lineOf));
      const kept = newestWithin(
        lines.filter(({ text }) => text !== ''),
        SO_FAR_CHARACTERS,
      );
      if (kept.lines.length === 0) return null;
      return { lines: kept.lines, leftOut: kept.leftOut + window.leftOut };
    },
  };
}

/** A person is named with their id, so that no display name can pass for the bridge. */
async function authorOf(message: Said, { people, identity }: { people: People; identity: Identity }): Promise<string> {
  const { user, bot_id, bot_profile } = message;
  if (user === identity.botUserId || bot_id === identity.botId) return 'Drawbridge (you)';
  // Posts of other apps may name themselves in `username`, which the response type leaves out.
  const { username } = message as Said & { username?: string };
  if (bot_id) return `${bot_profile?.name || username || bot_id} (bot)`;
  return user ? `${await people.name(user)} (${user})` : 'unknown';
}

function newestWithin(lines: SoFar['lines'], limit: number): SoFar {
  let room = limit;
  const kept: SoFar['lines'] = [];
  for (const line of lines.toReversed()) {
    if (line.text.length > room && kept.length > 0) break;
    kept.unshift({ ...line, text: line.text.slice(0, room) });
    room -= line.text.length;
  }
  return { lines: kept, leftOut: lines.length - kept.length };
}

async function named(ids: string[], name: (id: string) => Promise<string>): Promise<Map<string, string>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await name(id)] as const)));
}

function fileLine({ name, mimetype, size }: InputFile): string {
  const facts = [name.replace(/[\p{Cc}[\]]+/gu, ' ').trim(), mimetype, ...(size > 0 ? [readableSize(size)] : [])];
  return `[attached: ${facts.join(', ')} — the bridge cannot pass on files yet]`;
}

function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 999_500 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
