import type { Args } from './args.ts';
import type { Channel, Message } from './model.ts';
import { Refusal } from './refusal.ts';
import type { Workspace } from './workspace.ts';

/** Finds what a call names, or refuses as Slack does when the bot may not see or touch it. */
export interface Lookup {
  /** A conversation the bot knows of; a user id stands for the DM with that person. */
  channel(id: string): Channel;
  /** A conversation the bot may write in. */
  writable(id: string): Channel;
  message(channel: Channel, ts: string): Message;
  /** The bot's own message, for changes to it. */
  own(channel: Channel, ts: string, refusal: string): Message;
  /** A thread's root as a call's `thread_ts` names it; undefined when it names none. */
  root(channel: Channel, args: Args): Message | undefined;
  /** What a strict reviewer of the run would ask about. */
  doubts(): string[];
}

const TS = /^\d{10}\.\d{6}$/;

export function createLookup(workspace: Workspace): Lookup {
  const { channels, identity } = workspace;
  const doubts: string[] = [];

  const channel = (id: string) => {
    const direct = (other: Channel) => other.kind === 'im' && id !== identity.botUserId && other.members.includes(id);
    const found = channels.get(id) ?? [...channels.values()].find(direct);
    // A DM or group DM without the bot does not exist for it.
    const hidden = found?.kind !== 'channel' && !found?.members.includes(identity.botUserId);
    if (!found || hidden) throw new Refusal('channel_not_found');
    return found;
  };
  const message = (where: Channel, ts: string) => {
    const found = where.messages.find((each) => each.ts === ts);
    if (!found) throw new Refusal('message_not_found');
    return found;
  };

  return {
    channel,
    message,
    writable(id) {
      const found = channel(id);
      if (found.archived) throw new Refusal('is_archived');
      if (!found.members.includes(identity.botUserId)) throw new Refusal('not_in_channel');
      return found;
    },
    own(where, ts, refusal) {
      const found = message(where, ts);
      if (found.user !== identity.botUserId) throw new Refusal(refusal);
      return found;
    },
    root(where, args) {
      const ts = args.maybe('thread_ts');
      if (!ts) return undefined;
      if (!TS.test(ts)) throw new Refusal('invalid_thread_ts');
      const found = where.messages.find((each) => each.ts === ts);
      if (!found) throw new Refusal('thread_not_found');
      if (found.subtype === 'tombstone') throw new Refusal('cannot_reply_to_message');
      const parent =
        found.thread_ts && found.thread_ts !== found.ts ? workspace.find(where.id, found.thread_ts) : undefined;
      if (parent) doubts.push(`thread_ts ${ts} in ${where.id} is a reply, not a thread's root`);
      return parent ?? found;
    },
    doubts: () => [...doubts],
  };
}
