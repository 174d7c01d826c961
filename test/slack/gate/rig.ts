import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import type { PlaygroundView } from '../../../src/playground/page/contract.ts';
import { startSlackServer } from '../../../src/playground/slack/server.ts';
import { batchContent } from '../../../src/slack/cards/batch.ts';
import { cardContent } from '../../../src/slack/cards/card.ts';
import { createFrontDoor } from '../../../src/slack/front-door.ts';
import type { MessageContent } from '../../../src/slack/reply/message.ts';
import type { Card } from '../../../src/thread/question.ts';
import { memoryPorts } from '../memory-ports.ts';

export const GENERAL = 'C0GENERAL1';
const PARTNERS = 'C0PARTNER4';
export const ANA = 'U0ANA00001';
export const BEN = 'U0BEN00002';
export const ELI = 'U0ELI00005';

/** A front door on a local Slack, with a desk behind it and a thread to post cards in. */
export async function openGate({ speed = 1 } = {}) {
  const clock = fastClock(speed);
  const slack = await startSlackServer({ clock });
  const ports = memoryPorts();
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const { apiUrl, botToken, appToken } = slack;
  const door = createFrontDoor({ apiUrl, botToken, transport: { type: 'socket', appToken }, clock, log, onFatal() {} });
  await door.start(ports);
  onTestFinished(async () => {
    await door.stop();
    await slack.stop();
  });
  const { desk } = ports;

  const post = async ({ text, blocks }: MessageContent, channel: string) => {
    const { ts: root } = slack.act.say({ user: ANA, channel, text: 'please' });
    const posted = await door.client.chat.postMessage({ channel, thread_ts: root, text, blocks });
    const ts = posted.ts ?? '';
    const press = (verb: string, { user = BEN }: { user?: string } = {}) =>
      slack.act.click({ user, channel, message_ts: ts, action_id: `drawbridge:gate:${verb}` });
    return { root, ts, press };
  };

  return {
    slack,
    desk,
    door,
    logged,
    inputs: ports.all,
    ports,
    /** Puts a question on the desk and its card into a thread. */
    ask: (asked: Card, options: { text?: string; channel?: string } = {}) => {
      desk.put(asked, options.text);
      return post(cardContent(asked), options.channel ?? GENERAL);
    },
    askAll: (cards: Card[]) => {
      for (const each of cards) desk.put(each);
      return post(batchContent({ type: 'batch', id: 'b', cards }), GENERAL);
    },
    post,
    /** A channel where people of another company are. */
    shared: PARTNERS,
    /** What was told to one person alone. */
    told: (user = BEN, channel = GENERAL) =>
      (slack.state().channels.find(({ id }) => id === channel)?.ephemerals ?? []).filter(({ to }) => to === user),
    views: () => slack.state().views,
    turn: (view: PlaygroundView | undefined, page: number, user = BEN) =>
      slack.act.click({
        user,
        channel: GENERAL,
        message_ts: '',
        view_id: view?.id ?? '',
        action_id: `drawbridge:gate:page:${page}`,
      }),
    send: (view: PlaygroundView | undefined, values: Record<string, Record<string, unknown>>, user = BEN) =>
      slack.act.submit({ user, view_id: view?.id ?? '', values }),
    acked: () =>
      slack.deliveries().filter(({ type, ackedAt }) => type === 'interactive' && ackedAt !== undefined).length,
  };
}

export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}

/** Every text in a view or message, one a line. */
export function textsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsOf).filter(Boolean).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => (key === 'text' && typeof inner === 'string' ? inner : textsOf(inner)))
    .filter(Boolean)
    .join('\n');
}
