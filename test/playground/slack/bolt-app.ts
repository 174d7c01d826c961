import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { SlackServer } from '../../../src/playground/slack/server.ts';

/** The stock Slack clients against the local server, built as a production bot builds them. */
export async function startBoltApp(slack: SlackServer, register: (app: App) => void): Promise<App> {
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 600,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 100, factor: 1.3 } } },
  });
  const app = new App({
    token: slack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    convoStore: false,
    deferInitialization: true,
    extendedErrorHandler: true,
    clientOptions: {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      timeout: 15_000,
      rejectRateLimitedCalls: true,
    },
  });
  register(app);
  await app.init();
  await app.start();
  return app;
}

export function botClient(slack: SlackServer): WebClient {
  return new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
    timeout: 15_000,
    rejectRateLimitedCalls: true,
  });
}

/** Slack's name for a refusal, of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { data } = error as { data?: { error?: string } };
    return data?.error ?? String(error);
  }
  return 'no refusal';
}

export const GENERAL = 'C0GENERAL1';
export const ANA = 'U0ANA00001';
export const BEN = 'U0BEN00002';
