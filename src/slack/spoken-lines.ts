import { readableSize } from '../thread/files/readable-size.ts';
import type { InputFile } from '../thread/input.ts';
import { writtenEvent } from './delivery.ts';
import type { Identity } from './from-slack.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { mentionedUsers, namelessChannels, readable } from './readable.ts';
import type { Said } from './so-far.ts';
import { writtenFiles, writtenText } from './written.ts';

export interface SpokenLinesOptions {
  people: People;
  places: Places;
  identity(): Identity;
}

/** Messages as the agent should read them: ids become names, control sequences become words. */
export interface SpokenLines {
  readable(mrkdwn: string): Promise<string>;
  /** Empty text: there is nothing to read in it. */
  line(message: Said): Promise<{ author: string; text: string }>;
}

export function createSpokenLines({ people, places, identity }: SpokenLinesOptions): SpokenLines {
  const asReadable = async (text: string) => {
    const [users, channels] = await Promise.all([
      named(mentionedUsers(text), people.name),
      named(namelessChannels(text), async (channel) => (await places.label(channel)).replace(/^#/, '')),
    ]);
    return readable(text, { users, channels });
  };
  return {
    readable: asReadable,
    async line(message) {
      const written = writtenEvent.parse(message);
      const text = await asReadable(writtenText(written, identity().botUserId));
      const files = writtenFiles(written).map(fileLine);
      return {
        author: await authorOf(message, { people, identity: identity() }),
        text: [text, ...files].join('\n').trim(),
      };
    },
  };
}

/** The newest lines that fit into `limit` characters; the newest of all is cut rather than left out. */
export function newestWithin<Line extends { text: string }>(
  lines: Line[],
  limit: number,
): { lines: Line[]; leftOut: number } {
  let room = limit;
  const kept: Line[] = [];
  for (const line of lines.toReversed()) {
    if (line.text.length > room && kept.length > 0) break;
    kept.unshift({ ...line, text: line.text.slice(0, room) });
    room -= line.text.length;
  }
  return { lines: kept, leftOut: lines.length - kept.length };
}

/** A file of an earlier message, which the agent does not get. */
function fileLine({ name, mimetype, size }: InputFile): string {
  const facts = [name.replace(/[\p{Cc}[\]]+/gu, ' ').trim(), mimetype, ...(size > 0 ? [readableSize(size)] : [])];
  return `[attached: ${facts.join(', ')}]`;
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

async function named(ids: string[], name: (id: string) => Promise<string>): Promise<Map<string, string>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await name(id)] as const)));
}
