import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { verifyChain } from '../../src/gate/audit/chain.ts';
import { readAudit } from '../../src/gate/audit/read-audit.ts';
import { type BuiltBot, startBuiltBot } from './built-bot.ts';
import { type Rig, type RigOptions, type RigWorld, startRig } from './rig.ts';

export interface Thread {
  channel: string;
  root: string;
}

type Event = ReturnType<Rig['events']>[number];

/** A rig whose bot is the built process, which can be killed at any moment and started again on what it left. */
export interface CrashRig extends Rig {
  /** Of the process that is the bot now. */
  pid(): number;
  signal(signal: NodeJS.Signals): void;
  /** Somebody asks for something that people must allow; resolves when the card with this button stands. */
  askFor(text: string, verb?: string): Promise<Thread>;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Everything works from now on, and the bot is started on what the one before left. */
  startAgain(): Promise<void>;
  /** How often the agents API, or Slack, was asked. */
  agentsCalls(route: string): number;
  slackCalls(method: string): number;
  /** The calls of a thread's session that wait for people, or for us. */
  calls(thread: Thread): Event[];
  /** The answers that the session has been given. */
  given(thread: Thread): Event[];
  /** The messages that are cards, whatever their state. */
  cards(thread: Thread): string[];
  audited(type: string): Record<string, unknown>[];
  /** What must hold in the end, wherever the process died: one answer and one card to a question, nothing left open. */
  settledOnce(thread: Thread, options?: SettledOptions): Promise<void>;
}

interface SettledOptions {
  turns?: number;
  /** How many clicks were lost with a process. */
  unanswered?: number;
  /** Calls that nobody was to answer any more. */
  cancelled?: string[];
}

export interface CrashRigOptions extends Omit<RigOptions, 'run' | 'tools'> {
  /** A folder of custom tools. */
  tools?: string;
  /** More of the process's environment. */
  env?: Record<string, string>;
}

export async function startCrashRig({ tools, env, ...options }: CrashRigOptions = {}): Promise<CrashRig> {
  let bot: BuiltBot | undefined;
  let dataFolder = '';
  const kill = async () => {
    bot?.signal('SIGKILL');
    await bot?.ended();
  };
  const rig = await startRig({
    agents: { pace: 0.02 },
    ...options,
    async run(world) {
      ({ dataFolder } = world);
      const started = startBuiltBot(dataFolder, { env: { ...environment(world, tools), ...env } });
      bot = started;
      await started.printed(/connected to Slack/);
      return { stop: kill, written: started.written };
    },
  });
  const ofType = ({ root }: Thread, ...types: string[]) => rig.events(root).filter(({ type }) => types.includes(type));
  const crash: CrashRig = {
    ...rig,
    pid: () => bot?.pid ?? 0,
    signal: (signal) => bot?.signal(signal),
    async askFor(text, verb = 'approve') {
      const thread = await rig.ask(text);
      await rig.until('it asks', () => rig.card(thread.channel, thread.root, verb));
      return thread;
    },
    kill,
    async startAgain() {
      rig.agents.faults.clear();
      rig.slack.faults.clear();
      await rig.restart();
    },
    agentsCalls: (route) => rig.agents.records().requests[route] ?? 0,
    slackCalls: (method) => rig.slack.calls().filter((call) => call.method === method).length,
    calls: (thread) =>
      ofType(thread, 'agent.tool_use', 'agent.mcp_tool_use', 'agent.custom_tool_use').filter(
        ({ type, evaluated_permission }) => type === 'agent.custom_tool_use' || evaluated_permission === 'ask',
      ),
    given: (thread) => ofType(thread, 'user.tool_confirmation', 'user.custom_tool_result'),
    cards: ({ channel, root }) => rig.answers(channel, root).filter((text) => CARD.test(text)),
    audited: (type) => rig.audit().filter((entry) => entry.type === type),
    async settledOnce(thread, { turns = 1, unanswered = 0, cancelled = [] } = {}) {
      const { channel, root } = thread;
      await rig.ended(channel, root, turns);
      await rig.until('no button is left', () => !rig.said(channel, root).includes('drawbridge:'));
      await rig.until('nothing is on its way', () => !rig.said(channel, root).includes('Telling the agent'));
      const given = crash.given(thread).map(({ tool_use_id, custom_tool_use_id }) => tool_use_id ?? custom_tool_use_id);
      const asked = crash.calls(thread).map(({ id }) => id);
      expect(given.toSorted()).toEqual(asked.filter((id) => !cancelled.includes(String(id))).toSorted());
      const verdicts = crash.audited('verdict').filter(({ verdict }) => verdict === 'ask');
      // Killed between the audit and what it says, it audits the same question once more.
      const questions = new Set(verdicts.map(({ question }) => question));
      expect(crash.cards(thread)).toHaveLength(questions.size);
      await rig.until(
        'nothing is left to complain about',
        () => rig.slack.problems().filter((problem) => !problem.includes('was not answered')).length === 0,
      );
      expect(rig.slack.problems()).toHaveLength(unanswered);
      expect(await verifyChain(readAudit(join(dataFolder, 'audit.jsonl')))).toMatchObject({ ok: true });
    },
  };
  return crash;
}

const CARD = /The agent want(s|ed) to|[Tt]he agent ask(s you|ed)|budget of this thread is used up/;

function environment(
  { slack, agents, dataFolder, gate, transport }: RigWorld,
  tools: string | undefined,
): Record<string, string> {
  const config = join(dataFolder, 'bridge.yaml');
  writeFileSync(config, gate.trim() === '' ? '' : `gate:\n${gate}`);
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    ...(transport === 'http'
      ? { SLACK_SIGNING_SECRET: slack.signingSecret, DRAWBRIDGE_HOST: '127.0.0.1', PORT: '0' }
      : { SLACK_APP_TOKEN: slack.appToken }),
    SLACK_API_URL: slack.apiUrl,
    DRAWBRIDGE_SLACK_LIMITS: 'none',
    ANTHROPIC_API_KEY: agents.apiKey,
    ANTHROPIC_BASE_URL: agents.url,
    DRAWBRIDGE_AGENT_ID: agents.agentId,
    DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
    DRAWBRIDGE_DATA: dataFolder,
    DRAWBRIDGE_CONFIG: config,
    ...(tools === undefined ? {} : { DRAWBRIDGE_TOOLS: tools }),
  };
}
