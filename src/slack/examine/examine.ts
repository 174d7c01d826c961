/** Asks Slack about a set-up, and changes nothing in it. */
import { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { plainFetch } from '../../plain-fetch.ts';
import type { Directory } from '../../thread/gate-ports.ts';
import { createBoltLog } from '../bolt-log.ts';
import { clientOptions, createReader, type WebApiOptions } from '../clients.ts';
import { createDirectory } from '../directory.ts';
import { setupError, startError, type TokenName } from '../setup-error.ts';
import { type Hello, hello } from './hello.ts';

export interface ExamineOptions {
  /** Null: it is not set, or malformed. */
  botToken: string | null;
  appToken: string | null;
  /** Slack's own when null. */
  apiUrl: string | null;
  /** Whether a socket is opened for a moment; otherwise only its address is asked for. */
  opensSocket: boolean;
  /** Channels that the settings name. */
  channels: readonly string[];
  clock: Clock;
  log: Logger;
}

/** What Slack says; null: not asked, as there is no token to ask with. */
export interface SlackExamined {
  bot: Bot | Refused | null;
  socket: Socket | Refused | null;
  /** How far our clock is ahead of Slack's, in ms; null: no answer said what time it is there. */
  aheadMs: number | null;
  channels: { id: string; is: 'usable' | 'unknown' | 'archived' | 'without-bot' }[];
  /** For checks that need to know who is in a user group; null without a usable bot token. */
  directory: Directory | null;
}

export interface Bot {
  team: string;
  name: string;
  scopes: readonly string[];
  /** The app that the token belongs to; null: Slack did not say. */
  appId: string | null;
}

export interface Socket {
  /** Null: only the address was asked for. */
  hello: Hello | null;
}

/** What is wrong and what to do, in a sentence. */
export interface Refused {
  refused: string;
  /** Slack's own name for it, or `unreachable`. */
  code: string;
}

export async function examineSlack(options: ExamineOptions): Promise<SlackExamined> {
  const { apiUrl, botToken, appToken, clock, log } = options;
  const webApi = { apiUrl: apiUrl ?? undefined, logger: createBoltLog(log) };
  const times: number[] = [];
  const [asked, socket] = await Promise.all([
    botToken === null ? null : examineBot(timedClient(botToken, { webApi, clock, times })),
    appToken === null ? null : examineSocket(timedClient(appToken, { webApi, clock, times }), options),
  ]);
  const isUsable = asked !== null && !('refused' in asked);
  const reader = createReader(botToken ?? '', webApi);
  return {
    bot: isUsable ? asked.bot : asked,
    socket,
    aheadMs: times.at(-1) ?? null,
    channels: isUsable ? await Promise.all(options.channels.map((id) => examineChannel(reader, id))) : [],
    directory: isUsable ? createDirectory({ reader, identity: () => asked.identity, clock }) : null,
  };
}

/** A client that notes how far our clock is ahead of what the answers say. */
function timedClient(
  token: string,
  { webApi, clock, times }: { webApi: WebApiOptions; clock: Clock; times: number[] },
): WebClient {
  return new WebClient(token, {
    ...clientOptions(webApi, 0),
    async fetch(...request) {
      const response = await plainFetch(...request);
      const there = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(there)) times.push(clock.now() - there);
      return response;
    },
  });
}

async function examineBot(client: WebClient) {
  try {
    const { user_id, bot_id, team_id, team = '', user = '', response_metadata } = await client.auth.test();
    if (!user_id || !bot_id || !team_id) {
      const refused = 'SLACK_BOT_TOKEN is a person’s token. Take the bot’s, which begins with xoxb-.';
      return { refused, code: 'not_a_bot_token' };
    }
    const scopes = response_metadata?.scopes ?? [];
    const bot: Bot = { team, name: user, scopes, appId: await appOf(client, bot_id) };
    return { bot, identity: { botUserId: user_id, botId: bot_id, teamId: team_id } };
  } catch (error) {
    return refusal(error, 'SLACK_BOT_TOKEN');
  }
}

async function appOf(client: WebClient, bot: string): Promise<string | null> {
  try {
    return (await client.bots.info({ bot })).bot?.app_id ?? null;
  } catch {
    // Without the scope users:read Slack does not say; that it is missing is said elsewhere.
    return null;
  }
}

async function examineSocket(client: WebClient, { opensSocket }: ExamineOptions): Promise<Socket | Refused> {
  try {
    const { url } = await client.apps.connections.open();
    if (!url) return { refused: 'Slack gave no address for Socket Mode. Try again in a moment.', code: 'unreachable' };
    return { hello: opensSocket ? await hello(url) : null };
  } catch (error) {
    return refusal(error, 'SLACK_APP_TOKEN');
  }
}

const SOCKET_REASONS: Record<string, string> = {
  too_many_websockets:
    'Slack takes no more connections of this app: ten stand already. Stop the copies of Drawbridge that use it.',
  unreachable: 'The socket to Slack does not open. Check that the network and the proxy let WebSockets through.',
};

function refusal(error: unknown, token: TokenName): Refused {
  const reason = error instanceof Error ? error.message : '';
  if (reason === 'link_disabled') return { refused: setupError(reason, token).message, code: reason };
  const known = SOCKET_REASONS[reason];
  if (known !== undefined) return { refused: known, code: reason };
  const { message, code } = startError(error, token);
  return { refused: message, code };
}

async function examineChannel(reader: WebClient, id: string): Promise<SlackExamined['channels'][number]> {
  try {
    const { channel } = await reader.conversations.info({ channel: id });
    if (channel?.is_archived) return { id, is: 'archived' };
    const isIn = channel?.is_member || channel?.is_im || channel?.is_mpim;
    return { id, is: isIn ? 'usable' : 'without-bot' };
  } catch {
    return { id, is: 'unknown' };
  }
}
