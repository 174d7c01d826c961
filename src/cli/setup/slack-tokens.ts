import { pino } from 'pino';
import { realClock } from '../../clock.ts';
import { type Bot, examineSlack, type Socket } from '../../slack/examine/examine.ts';
import { APP_TOKEN_SCOPE, neededScopes } from '../../slack/needs.ts';
import { counted } from '../counted.ts';
import type { World } from '../world.ts';
import type { Given } from './given.ts';
import { type Checked, type Obtaining, obtain } from './obtain.ts';
import { newAppLink } from './slack-app.ts';

export interface SlackSide {
  /** What of it belongs into `.env`. */
  values: Given;
  bot: Bot;
}

interface Options extends Obtaining {
  given: Given;
  world: World;
}

/** Leads to a Slack app, and takes its tokens. */
export async function obtainSlackTokens({ given, world, ...obtaining }: Options): Promise<SlackSide> {
  const apiUrl = given.SLACK_API_URL ?? null;
  if (given.SLACK_BOT_TOKEN === undefined) await showHowToMakeTheApp(world, obtaining);
  const { value: botToken, found: bot } = await obtain(
    {
      name: 'SLACK_BOT_TOKEN',
      what: 'Bot token',
      noun: 'bot token',
      given: given.SLACK_BOT_TOKEN,
      where: ['In the app: Install App → Install to Workspace → Allow.', 'Copy the Bot User OAuth Token (xoxb-…).'],
      check: (token) => checkBotToken(token, apiUrl),
    },
    obtaining,
  );
  const values = { SLACK_BOT_TOKEN: botToken };
  const { SLACK_SIGNING_SECRET } = given;
  // Deliveries come over HTTP, so there is no socket to open.
  if (SLACK_SIGNING_SECRET !== undefined) return { values: { ...values, SLACK_SIGNING_SECRET }, bot };
  return { values: { ...values, SLACK_APP_TOKEN: await obtainAppToken({ given, bot, apiUrl, ...obtaining }) }, bot };
}

interface AppTokenOptions extends Obtaining {
  given: Given;
  bot: Bot;
  apiUrl: string | null;
}

async function obtainAppToken({ given, bot, apiUrl, ...obtaining }: AppTokenOptions): Promise<string> {
  const { value, found: socket } = await obtain(
    {
      name: 'SLACK_APP_TOKEN',
      what: 'App-level token',
      noun: 'app-level token',
      given: given.SLACK_APP_TOKEN,
      where: [
        'In the app: Basic Information → App-Level Tokens → Generate Token and Scopes.',
        `Any name; add the scope ${APP_TOKEN_SCOPE.scope}; Generate; copy it (xapp-…).`,
      ],
      check: (token) => checkAppToken(token, { apiUrl, bot }),
    },
    obtaining,
  );
  if ((socket.hello?.connections ?? 1) > 1) obtaining.talk.warn(OTHERS);
  return value;
}

const OTHERS =
  'Another program is connected as this app. Slack gives each a part of what happens, so stop it before you start this one.';

async function showHowToMakeTheApp(world: World, { talk }: Obtaining): Promise<void> {
  const isNew = await talk.choose({
    message: 'Is there a Slack app for Drawbridge in your workspace already?',
    options: [
      { value: true, label: 'No, make one' },
      { value: false, label: 'Yes, I have it open', hint: 'api.slack.com/apps' },
    ],
  });
  if (!isNew) return;
  talk.step('Slack app', [
    'Open this link: it is the page for a new app, with the manifest filled in.',
    'Choose your workspace, then Next, then Create.',
    'If it does not open: api.slack.com/apps → Create New App → From a manifest; paste manifest/manifest.json.',
  ]);
  talk.link(newAppLink(world));
}

/** Examined alone, each token says what is wrong with it. */
const ALONE = { opensSocket: false, channels: [], clock: realClock, log: pino({ level: 'silent' }) };

async function checkBotToken(botToken: string, apiUrl: string | null): Promise<Checked<Bot>> {
  const { bot } = await examineSlack({ ...ALONE, botToken, appToken: null, apiUrl });
  if (bot === null) return { wrong: 'It cannot be used.' };
  if ('refused' in bot) return { wrong: bot.refused };
  const missing = neededScopes().filter(({ scope }) => !bot.scopes.includes(scope));
  if (missing.length === 0) return { found: bot, says: `Bot token: ${bot.name} in ${bot.team}, with all its scopes` };
  return { wrong: lacks(missing), anyway: bot };
}

function lacks(missing: ReturnType<typeof neededScopes>): string {
  const widest = Math.max(...missing.map(({ scope }) => scope.length));
  return [
    `The app lacks ${counted(missing.length, 'scope', 'scopes')}:`,
    ...missing.map(({ scope, reason }) => `  ${scope.padEnd(widest)}  ${reason}`),
    'In the app, under App Manifest, paste manifest/manifest.json and save; then Install App → Reinstall.',
    'The token stays the same.',
  ].join('\n');
}

async function checkAppToken(
  appToken: string,
  { apiUrl, bot }: { apiUrl: string | null; bot: Bot },
): Promise<Checked<Socket>> {
  const { socket } = await examineSlack({ ...ALONE, opensSocket: true, botToken: null, appToken, apiUrl });
  if (socket === null) return { wrong: 'It cannot be used.' };
  if ('refused' in socket) return { wrong: socket.refused };
  const wrong = faultOfApps(bot, socket);
  return wrong === null ? { found: socket, says: 'App-level token: Socket Mode opens' } : { wrong };
}

/** Each token may be good, and nothing would ever come: the socket is that of another app than the bot. */
export function faultOfApps({ appId }: Bot, { hello }: Socket): string | null {
  const other = hello?.appId ?? null;
  if (other === null || appId === null || other === appId) return null;
  return `It is of another app (${other}) than the bot token (${appId}). Take both from one app.`;
}
