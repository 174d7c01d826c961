import type { Logger } from 'pino';
import { createBoltLog } from '../bolt-log.ts';
import { createReader } from '../clients.ts';
import { startError } from '../setup-error.ts';
import type { Refused } from './examine.ts';

export interface JoinedChannel {
  id: string;
  name: string;
}

export interface JoinedOptions {
  botToken: string;
  /** Slack's own when null. */
  apiUrl: string | null;
  log: Logger;
}

const PAGE = 200;
/** Somebody who is in more of them can name one. */
const PAGES = 5;

/** The channels that the bot is in, by name; private ones as far as it may see them. */
export async function joinedChannels({ botToken, apiUrl, log }: JoinedOptions): Promise<JoinedChannel[] | Refused> {
  const reader = createReader(botToken, { apiUrl: apiUrl ?? undefined, logger: createBoltLog(log) });
  const found: JoinedChannel[] = [];
  let cursor = '';
  try {
    for (let page = 0; page < PAGES && (page === 0 || cursor !== ''); page += 1) {
      const { channels = [], response_metadata } = await reader.users.conversations({
        types: 'public_channel,private_channel',
        exclude_archived: true,
        limit: PAGE,
        ...(cursor ? { cursor } : {}),
      });
      found.push(...channels.flatMap(({ id, name }) => (id && name ? [{ id, name }] : [])));
      cursor = response_metadata?.next_cursor ?? '';
    }
  } catch (error) {
    const { message, code } = startError(error, 'SLACK_BOT_TOKEN');
    return { refused: message, code };
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
