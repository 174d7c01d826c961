import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, fastClock } from '../../src/clock.ts';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { createTrafficLog, type TrafficLog } from '../../src/playground/traffic.ts';
import { createChance } from './chance.ts';

/** Everything outside of the bot, made anew for each run: both platforms and a disk. */
export interface World {
  slack: SlackServer;
  agents: AgentsServer;
  clock: Clock;
  /** How many times as fast as real time it runs, and when it began, in ms since the epoch. */
  speed: number;
  startedAt: number;
  traffic: TrafficLog;
  dataFolder: string;
  /** What the bot is started with. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** What the scripted agent does in half a minute takes it some seconds. */
const PACE = 0.15;

export async function startWorld({ seed, speed }: { seed: number; speed: number }): Promise<World> {
  const startedAt = Date.now();
  const clock = fastClock(speed, startedAt);
  const traffic = createTrafficLog();
  const { next: random } = createChance(seed);
  const slack = await startSlackServer({ clock, traffic, random });
  const agents = await startAgentsServer({ clock, traffic, pace: PACE });
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-chaos-'));
  const config = join(dataFolder, 'bridge.yaml');
  writeFileSync(config, '');
  return {
    slack,
    agents,
    clock,
    speed,
    startedAt,
    traffic,
    dataFolder,
    env: {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      DRAWBRIDGE_SLACK_LIMITS: 'none',
      ANTHROPIC_API_KEY: agents.apiKey,
      ANTHROPIC_BASE_URL: agents.url,
      DRAWBRIDGE_AGENT_ID: agents.agentId,
      DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
      DRAWBRIDGE_DATA: dataFolder,
      DRAWBRIDGE_CONFIG: config,
    },
    async stop() {
      await Promise.all([slack.stop(), agents.stop()]);
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
