import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, fastClock, sleep } from '../../clock.ts';
import { compilePolicy } from '../../gate/policy/compile.ts';
import type { Bundle } from '../../ops/recording/bundle.ts';
import { type AgentsServer, startAgentsServer } from '../../playground/agents/server.ts';
import { agentsSettings, slackSettings } from '../../playground/settings.ts';
import { type SlackServer, startSlackServer } from '../../playground/slack/server.ts';
import type { BotSettings, World } from '../world.ts';
import { createStage, type Stage } from './act-out.ts';
import { type AgentSide, createAgentSide } from './agent-side.ts';
import { createCast } from './cast.ts';
import { isExpected, plotOf, type Scene, wasBusy } from './plot.ts';
import { type ShownCall, shownCalls } from './shown.ts';

export interface Played {
  calls: ShownCall[];
  /** Where the replay went another way than the recording; null: it did not. */
  parted: string | null;
}

export interface PlayOptions {
  /** How many times faster than it was recorded. */
  speed: number;
  world: World;
}

/** Pauses are no longer than this, as the recording counts. */
const LONGEST_PAUSE_MS = 10_000;
/** Real time. */
const CUE_WITHIN_MS = 20_000;
const QUIET_MS = 300;
const QUIET_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Plays a recording with the bot between two local servers, and gives the Slack calls that came of it. */
export async function play(bundle: Bundle, { speed, world }: PlayOptions): Promise<Played> {
  const clock = fastClock(speed);
  const scenes = plotOf(bundle.entries);
  const slack = await startSlackServer({ clock });
  const cast = createCast(bundle.entries, slack.state());
  const stage = createStage({ slack, cast, entries: bundle.entries });
  const progress = { at: 0 };
  const agentSide = createAgentSide({
    isExpected: (thread) => isExpected(scenes, { at: progress.at, thread }),
    threadOf: (session) => threadOf(session, { agents, stage }),
    callsOf: (session) => callsOf(session, agents),
  });
  const agents = await startAgentsServer({ clock, pace: 0, scripts: [agentSide.script] });
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-replay-'));
  try {
    const bot = await world.startBot(settingsOf({ slack, agents, dataFolder }), { clock });
    try {
      const parted = await perform(scenes, { progress, agentSide, stage, clock, servers: { slack, agents } });
      agentSide.end();
      await quiet({ slack, agents });
      return {
        calls: shownCalls(slack.calls(), {
          ...cast.names,
          threadOf: stage.threadOf,
          clicks: slack.deliveries().flatMap(({ type, sentAt }) => (type === 'interactive' ? [sentAt] : [])),
        }),
        parted,
      };
    } finally {
      await bot.stop();
    }
  } finally {
    await Promise.all([slack.stop(), agents.stop()]);
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

interface Servers {
  slack: SlackServer;
  agents: AgentsServer;
}

function settingsOf({ slack, agents, dataFolder }: Servers & { dataFolder: string }): BotSettings {
  return {
    slack: slackSettings(slack),
    agents: agentsSettings(agents),
    dataFolder,
    toolsFolder: null,
    renderers: { default: 'auto', channels: {} },
    gate: compilePolicy(),
    files: { maxSize: 500_000_000, maxCount: 20, maxTotal: 1_000_000_000, hosts: ['files.slack.com'] },
    // Nobody else asks the local agents API, and it has no limit.
    agentLimits: { reads: 999_999, creates: 999_999 },
    catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
    host: '127.0.0.1',
    port: 0,
  };
}

interface Playing {
  progress: { at: number };
  agentSide: AgentSide;
  stage: Stage;
  clock: Clock;
  servers: Servers;
}

/** Gives what could not be played as it was recorded; null: nothing. */
async function perform(
  scenes: readonly Scene[],
  { progress, agentSide, stage, clock, servers }: Playing,
): Promise<string | null> {
  let now = 0;
  for (const [index, scene] of scenes.entries()) {
    const { at } = 'act' in scene ? scene.act : scene.step;
    await sleep(clock, Math.min(at - now, LONGEST_PAUSE_MS));
    now = at;
    try {
      if ('act' in scene) {
        // What came before stands in Slack, so that each run finds the same.
        await quiet(servers, { mayWork: wasBusy(scenes, index) });
        progress.at = index + 1;
        servers.slack.faults.apply({ deliveries: { duplicate: scene.isDoubled } });
        await within(stage.act(scene.act));
        servers.slack.faults.apply({ deliveries: { duplicate: false } });
      } else {
        // Who waits for it need not ask any more, and who comes after it must not take it for theirs.
        progress.at = scene.step.type === 'end' ? index + 1 : index;
        await within(agentSide.cue(scene.step));
        progress.at = index + 1;
      }
    } catch (error) {
      const { type, thread } = 'act' in scene ? scene.act : scene.step;
      return `At ${(at / 1000).toFixed(1)} s (${type} in ${thread}): ${error instanceof Error ? error.message : String(error)}.`;
    }
  }
  return null;
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the bot did not get that far')), CUE_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function threadOf(session: string, { agents, stage }: { agents: AgentsServer; stage: Stage }): string | undefined {
  const found = agents.records().sessions.find(({ id }) => id === session)?.metadata ?? {};
  return stage.threadOf({ channel: found.slack_channel ?? '', root: found.slack_thread_ts ?? '' });
}

function callsOf(session: string, agents: AgentsServer): number {
  const events = agents.records().sessions.find(({ id }) => id === session)?.events ?? [];
  return events.filter(({ type }) => type.endsWith('tool_use')).length;
}

/** Resolves when nothing works any more, and the bot has nothing to say to Slack for a while. */
async function quiet({ slack, agents }: Servers, { mayWork = false } = {}): Promise<void> {
  const end = Date.now() + QUIET_WITHIN_MS;
  let [calls, since] = [slack.calls().length, Date.now()];
  while (Date.now() < end) {
    const { sessions, openStreams } = agents.records();
    const isWorking = !mayWork && (openStreams > 0 || sessions.some(({ status }) => status === 'running'));
    if (isWorking || slack.calls().length !== calls) [calls, since] = [slack.calls().length, Date.now()];
    if (Date.now() - since >= QUIET_MS) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
