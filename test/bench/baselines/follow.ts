import Anthropic from '@anthropic-ai/sdk';
import { App, LogLevel } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { answerUsage } from '../child/usage.ts';

/**
 * A small bot as one writes it in an afternoon, with the stock clients of both sides: each mention starts a session,
 * and whatever the session does is shown in its thread. How it is shown is what the baselines differ in.
 */
export interface Place {
  client: WebClient;
  channel: string;
  thread_ts: string;
  user: string;
  team: string;
}

/** Each is called when the one before has resolved. */
export interface Showing {
  begin(): Promise<void>;
  delta(text: string): Promise<void>;
  /** A text is complete. */
  message(text: string): Promise<void>;
  tool(id: string, title: string): Promise<void>;
  toolDone(id: string): Promise<void>;
  end(): Promise<void>;
}

const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_API_URL, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL } = process.env;
const { DRAWBRIDGE_AGENT_ID = '', DRAWBRIDGE_ENVIRONMENT_ID = '' } = process.env;

export async function startBaseline(show: (place: Place) => Showing): Promise<void> {
  const anthropic = new Anthropic({ apiKey: ANTHROPIC_API_KEY, baseURL: ANTHROPIC_BASE_URL });
  const app = new App({
    token: SLACK_BOT_TOKEN ?? '',
    appToken: SLACK_APP_TOKEN ?? '',
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: SLACK_API_URL ?? '' },
  });
  const answer = (place: Place, text: string) => {
    turn(anthropic, { place, text, showing: show(place) }).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    });
  };
  app.event('app_mention', async ({ event, client, context }) => {
    const { channel, ts, text, user = '' } = event;
    answer({ client, channel, thread_ts: event.thread_ts ?? ts, user, team: context.teamId ?? '' }, text);
  });
  app.message(async ({ message, client, context }) => {
    if (message.channel_type !== 'im' || !('user' in message) || !('text' in message) || message.subtype) return;
    const {
      channel,
      ts,
      user = '',
      text = '',
    } = message as { channel: string; ts: string; user?: string; text?: string };
    answer({ client, channel, thread_ts: ts, user, team: context.teamId ?? '' }, text);
  });
  app.action('approve', async ({ ack, action, body, client }) => {
    await ack();
    const [session = '', tool_use_id = ''] = 'value' in action ? String(action.value).split(' ') : [];
    await anthropic.beta.sessions.events.send(session, {
      events: [{ type: 'user.tool_confirmation', tool_use_id, result: 'allow' }],
    });
    const { channel, message } = body as { channel?: { id: string }; message?: { ts: string } };
    if (channel && message) await client.chat.update({ channel: channel.id, ts: message.ts, text: 'Approved.' });
  });
  answerUsage();
  await app.start();
  process.send?.({ connected: true });
}

async function turn(
  anthropic: Anthropic,
  { place, text, showing }: { place: Place; text: string; showing: Showing },
): Promise<void> {
  const sessions = anthropic.beta.sessions;
  await showing.begin();
  const session = await sessions.create({
    agent: { type: 'agent', id: DRAWBRIDGE_AGENT_ID },
    environment_id: DRAWBRIDGE_ENVIRONMENT_ID,
    metadata: { slack_thread_ts: place.thread_ts },
  });
  const stream = await sessions.events.stream(session.id, { event_deltas: ['agent.message'] });
  await sessions.events.send(session.id, { events: [{ type: 'user.message', content: [{ type: 'text', text }] }] });
  for await (const event of stream) {
    switch (event.type) {
      case 'event_delta':
        await showing.delta('text' in event.delta.content ? event.delta.content.text : '');
        break;
      case 'agent.message':
        await showing.message(event.content.map((block) => ('text' in block ? block.text : '')).join(''));
        break;
      case 'agent.tool_use':
        await showing.tool(event.id, `${event.name} ${JSON.stringify(event.input)}`);
        if (event.evaluated_permission === 'ask') await ask(place, { session: session.id, event });
        break;
      case 'agent.tool_result':
        await showing.toolDone(event.tool_use_id);
        break;
      case 'session.status_idle':
        if (event.stop_reason.type === 'requires_action') break;
        return showing.end();
      default:
    }
  }
}

async function ask(
  { client, channel, thread_ts }: Place,
  { session, event }: { session: string; event: { id: string; input: unknown } },
): Promise<void> {
  const words = `Allow this? \`${JSON.stringify(event.input)}\``;
  await client.chat.postMessage({
    channel,
    thread_ts,
    text: words,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: words } },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'approve',
            text: { type: 'plain_text', text: 'Approve' },
            value: `${session} ${event.id}`,
          },
        ],
      },
    ],
  });
}
