import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { type AppSettings, createApp } from '../../src/app.ts';
import { type Clock, fastClock, realClock } from '../../src/clock.ts';
import { compilePolicy } from '../../src/gate/policy/compile.ts';
import { gateSchema } from '../../src/gate/policy/schema.ts';
import { type AgentsServer, type AgentsServerOptions, startAgentsServer } from '../../src/playground/agents/server.ts';
import type { PlaygroundMessage, PlaygroundView, PostMessage } from '../../src/playground/page/contract.ts';
import { agentsSettings, slackSettings } from '../../src/playground/settings.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { BOT_METHODS } from '../../src/slack/needs.ts';
import type { Tool } from '../../src/thread/gate-ports.ts';
import type { SelfTest } from '../../src/thread/self-test.ts';
import { builtInTools } from '../../src/tools/built-in-tools.ts';

export interface RigOptions {
  /** How many times faster than real time everything runs, the bot included. */
  speed?: number;
  clock?: Clock;
  /** The `gate:` section of bridge.yaml, as it stands there. */
  gate?: string;
  /** Besides the built-in ones. */
  tools?: Tool[];
  agents?: AgentsServerOptions;
  renderers?: AppSettings['renderers'];
  /** What the bot believes of Slack's limits; the local one has none until a test switches its tiers on. */
  limits?: AppSettings['slack']['limits'];
  files?: Partial<AppSettings['files']>;
  catchUp?: Partial<AppSettings['catchUp']>;
  /** What the agents server has ready answers everywhere, when left out. */
  routing?: (world: Pick<RigWorld, 'slack' | 'agents'>) => Promise<Partial<AppSettings['agents']>>;
  /** How Slack's deliveries come; over Socket Mode by default. */
  transport?: 'socket' | 'http';
  /** Whether the agents API tells the bot what its sessions do. */
  webhooks?: boolean;
  /** Runs the bot some other way than in this process, each time it is started. */
  run?: (world: RigWorld) => Promise<Running>;
}

/** What the bot stands between. */
export interface RigWorld {
  slack: SlackServer;
  agents: AgentsServer;
  dataFolder: string;
  /** The `gate:` section of bridge.yaml. */
  gate: string;
  transport: 'socket' | 'http';
}

interface Running {
  stop(): Promise<void>;
  selfTest?: SelfTest;
  /** What it wrote, when that is not the rig's own log. */
  written?(): string;
}

/** The real bot, with real Bolt and the real SDK, between the two local servers. */
export interface Rig {
  slack: SlackServer;
  agents: AgentsServer;
  clock: Clock;
  /** People by first name. */
  user(name: string): string;
  channel(name: string): string;
  /** The direct message between a person and the bot. */
  dm(name: string): string;
  /** A person writes; gives the message's ts. */
  say(
    who: string,
    text: string,
    where: { channel: string; thread?: string; broadcast?: boolean } & Pick<
      PostMessage,
      'files' | 'forwards' | 'table'
    >,
  ): Promise<string>;
  /** Ana mentions the bot in #ops. */
  ask(text: string): Promise<{ channel: string; root: string }>;
  /** The thread as it stands, the root first. */
  thread(channel: string, root: string): PlaygroundMessage[];
  /** What the bot says in a thread, everything it shows as text. */
  answers(channel: string, root: string): string[];
  /** The same as one text. */
  said(channel: string, root: string): string;
  /** Our newest message in the thread that has this button, or any of the gate's when none is named. */
  card(channel: string, root: string, verb?: string): PlaygroundMessage | undefined;
  /** Waits for a card with this button, and presses it; gives the modal that it opens. */
  press(
    who: string,
    verb: string,
    where: { channel: string; root: string; ts?: string; late?: boolean },
  ): Promise<PlaygroundView | undefined>;
  /** What only this person sees in the channel. */
  whispers(who: string, channel: string): string[];
  /** What the session of a thread has, in order. */
  events(root: string): { type: string; [field: string]: unknown }[];
  /** Sends events into a thread's session as the Console or another program would. */
  sendElsewhere(root: string, ...events: object[]): Promise<void>;
  audit(): Record<string, unknown>[];
  /** Where the bot keeps what it remembers. */
  dataFolder: string;
  /** What a thread is shown as: what Slack was told, and where it was told nothing, whether there is something to stop. */
  status(channel: string, root: string): string | undefined;
  /** Resolves when so many turns of the thread have ended and nothing works there any more. */
  ended(channel: string, root: string, turns?: number): Promise<void>;
  /** Waits until `check` gives something truthy. */
  until<T>(what: string, check: () => T): Promise<NonNullable<T>>;
  /** Resolves when a strict reviewer of all Slack traffic finds nothing (left) to complain about. */
  noProblems(): Promise<void>;
  /** Stops the bot, lets things happen without it, and starts it on what it left. */
  away(meanwhile: () => void | Promise<void>): Promise<void>;
  /** The user.message events the agents API has, by session. */
  userMessages(): { session: string; text: string }[];
  /** Everything the bot logged. */
  logged(): string;
  /** What the bot does to try itself out. */
  selfTest: SelfTest;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRig({
  speed = 1,
  clock: given,
  gate = '',
  tools = [],
  agents: agentsOptions = {},
  renderers = { default: 'auto', channels: {} },
  limits = 'none',
  files = {},
  catchUp = {},
  transport = 'socket',
  webhooks = false,
  routing: setUp = async () => ({}),
  run,
}: RigOptions = {}): Promise<Rig> {
  const clock = given ?? (speed === 1 ? realClock : fastClock(speed));
  const slack = await startSlackServer({ clock });
  const agents = await startAgentsServer({ clock, pace: 0.2, ...agentsOptions });
  const routing = await setUp({ slack, agents });
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  let output = '';
  const log = pino(
    { level: 'debug' },
    {
      write(line: string) {
        output += line;
      },
    },
  );

  const boot = async (): Promise<Running> => {
    const running = await runBot();
    const [, port] = [...(running.written?.() ?? output).matchAll(LISTENING)].at(-1) ?? [];
    if (transport === 'http') await slack.deliverTo(`http://127.0.0.1:${port}/slack/events`);
    if (webhooks) agents.webhooks.deliverTo(`http://127.0.0.1:${port}/anthropic/webhook`);
    return running;
  };
  const runBot = async (): Promise<Running> => {
    if (run) return run({ slack, agents, dataFolder, gate, transport });
    const app = createApp(
      {
        slack: {
          ...slackSettings(slack),
          ...(transport === 'http' ? { transport: { type: 'http', signingSecret: slack.signingSecret } } : {}),
          limits,
        },
        host: '127.0.0.1',
        port: 0,
        agents: {
          ...agentsSettings(agents),
          webhookKey: webhooks ? agents.webhooks.key : null,
          ...routing,
        },
        dataFolder,
        renderers,
        gate: compilePolicy(gateSchema.parse(parse(gate) ?? {})),
        tools: [...builtInTools(), ...tools],
        files: {
          maxSize: 500_000_000,
          maxCount: 20,
          maxTotal: 1_000_000_000,
          hosts: ['files.slack.com'],
          ...files,
        },
        catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 24 * 3_600_000, ...catchUp },
      },
      { log, clock, onFatal: (error) => log.fatal({ err: error }, 'fatal') },
    );
    await app.start().catch(async (error: unknown) => {
      await app.stop();
      throw error;
    });
    return app;
  };
  const close = async () => {
    await Promise.all([slack.stop(), agents.stop()]);
    rmSync(dataFolder, { recursive: true, force: true });
  };
  let app = await boot().catch(async (error: unknown) => {
    await close();
    throw error;
  });

  const rig: Rig = {
    slack,
    agents,
    clock,
    user(name) {
      const found = slack.state().users.find((user) => user.name.toLowerCase().startsWith(name.toLowerCase()));
      if (!found) throw new Error(`nobody is called ${name}`);
      return found.id;
    },
    channel(name) {
      const found = slack.state().channels.find((channel) => channel.name === name.replace(/^#/, ''));
      if (!found) throw new Error(`there is no channel ${name}`);
      return found.id;
    },
    dm(name) {
      const id = rig.user(name);
      const found = slack
        .state()
        .channels.find(
          (channel) => channel.is_im && channel.members.includes(id) && channel.members.includes(slack.botUserId),
        );
      if (!found) throw new Error(`${name} has no direct message with the bot`);
      return found.id;
    },
    async say(who, text, { channel, thread, broadcast, ...beside }) {
      const { ts } = await slack.act.say({
        user: rig.user(who),
        channel,
        text,
        ...(thread ? { thread_ts: thread } : {}),
        ...(broadcast ? { reply_broadcast: true } : {}),
        ...beside,
      });
      return ts;
    },
    async ask(text) {
      const channel = rig.channel('#ops');
      return { channel, root: await rig.say('Ana', `@Drawbridge ${text}`, { channel }) };
    },
    thread(channel, root) {
      const found = slack.state().channels.find((other) => other.id === channel);
      return (found?.messages ?? []).filter((message) => message.ts === root || message.thread_ts === root);
    },
    answers(channel, root) {
      return rig
        .thread(channel, root)
        .filter((message) => message.user === slack.botUserId)
        .map(visibleText);
    },
    said: (channel, root) => rig.answers(channel, root).join('\n'),
    card(channel, root, verb = '') {
      const name = `"action_id":"drawbridge:gate:${verb}`;
      return rig.thread(channel, root).findLast(({ blocks }) => JSON.stringify(blocks ?? []).includes(name));
    },
    async press(who, verb, { channel, root, ts, late }) {
      const find = () =>
        ts ? rig.thread(channel, root).find((each) => each.ts === ts) : rig.card(channel, root, verb);
      const card = await rig.until(`a card with ${verb}`, find);
      const { view } = await slack.act.click({
        user: rig.user(who),
        channel,
        message_ts: card.ts,
        action_id: `drawbridge:gate:${verb}`,
        ...(late ? { late } : {}),
      });
      return view;
    },
    whispers(who, channel) {
      const found = slack.state().channels.find((other) => other.id === channel);
      return (found?.ephemerals ?? []).filter(({ to }) => to === rig.user(who)).map(visibleText);
    },
    async sendElsewhere(root, ...events) {
      const session = agents.records().sessions.find(({ metadata }) => metadata.slack_thread_ts === root);
      const response = await fetch(`${agents.url}/v1/sessions/${session?.id}/events`, {
        method: 'POST',
        headers: {
          'x-api-key': agents.apiKey,
          'anthropic-beta': 'managed-agents-2026-04-01',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ events }),
      });
      if (!response.ok) throw new Error(`the agents API refuses it: ${response.status} ${await response.text()}`);
    },
    events(root) {
      const { sessions } = agents.records();
      return sessions.filter(({ metadata }) => metadata.slack_thread_ts === root).flatMap(({ events }) => events);
    },
    dataFolder,
    audit: () =>
      readFileSync(join(dataFolder, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    status(channel, root) {
      const found = slack.state().channels.find((other) => other.id === channel);
      const told = found?.sessions.find((session) => session.thread_ts === root)?.status ?? 'active';
      const answers = rig.answers(channel, root);
      if (told !== 'active' || answers.length === 0)
        return answers.length === 0 && told === 'active' ? undefined : told;
      return answers.some((text) => text.includes(STOP_BUTTON)) ? 'processing' : 'active';
    },
    async ended(channel, root, turns = 1) {
      await rig.until(`${turns} turn(s) end`, () => {
        const footers = rig.answers(channel, root).filter((text) => FOOTER.test(text));
        return footers.length === turns && rig.status(channel, root) === 'active';
      });
    },
    async until(what, check) {
      // As long as a slow machine may need, within a test's own time.
      const deadline = Date.now() + 25_000;
      for (;;) {
        const result = check();
        if (result) return result;
        if (Date.now() > deadline)
          throw new Error(`never happened: ${what}\n${rig.logged().split('\n').slice(-15).join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async noProblems() {
      const deadline = Date.now() + 3_000;
      while (slack.problems().length > 0 && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(slack.problems()).toEqual([]);
    },
    async away(meanwhile) {
      await app.stop();
      await meanwhile();
      app = await boot();
    },
    userMessages() {
      return agents
        .records()
        .sessions.flatMap(({ id, events }) =>
          events
            .filter((event) => event.type === 'user.message')
            .map((event) => ({ session: id, text: JSON.stringify(event.content) })),
        );
    },
    logged: () => app.written?.() ?? output,
    selfTest(...asked) {
      if (!app.selfTest) throw new Error('a bot in another process is not asked from here');
      return app.selfTest(...asked);
    },
    async restart() {
      await app.stop();
      app = await boot();
    },
    async stop() {
      await app.stop();
      await close();
      const strange = slack
        .calls()
        .filter(({ token, method }) => token === 'bot' && !Object.hasOwn(BOT_METHODS, method));
      expect(strange.map(({ method }) => method)).toEqual([]);
    },
  };
  return rig;
}

const STOP_BUTTON = '"action_id":"drawbridge:stop"';

const LISTENING = /"port":(\d+).*"msg":"listening"/g;

/** A budget's card names a list price too. */
const FOOTER = / · (under )?\$[\d.]+ list price/;

/** Everything a person can read in a message; its blocks show all of it where it has any. */
function visibleText({ text, blocks }: PlaygroundMessage): string {
  return blocks ? JSON.stringify(blocks) : text;
}
