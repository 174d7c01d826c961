import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import type { OnEmit } from '../../src/playground/agents/sessions.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import type { ApiCall } from '../../src/playground/slack/web-api.ts';
import { createChance } from '../chaos/chance.ts';
import { loadScript } from './load-script.ts';
import type { Step } from './plan.ts';
import { UNLIMITED } from './unlimited.ts';

/** Both platforms and a disk, made anew for each run. */
export interface World {
  slack: SlackServer;
  agents: AgentsServer;
  /** What a bot is started with. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

interface Options {
  /** Whether Slack's limits hold, once they are switched on. */
  limited: boolean;
  seed: number;
  stepsOf(thread: number): readonly Step[];
  onCall(call: ApiCall): void;
  onEmit: OnEmit;
}

export async function startWorld({ limited, seed, stepsOf, onCall, onEmit }: Options): Promise<World> {
  const slack = await startSlackServer({ random: createChance(seed).next, onCall });
  const agents = await startAgentsServer({ scripts: [loadScript(stepsOf)], onEmit });
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'));
  const config = join(dataFolder, 'bridge.yaml');
  writeFileSync(config, '');
  return {
    slack,
    agents,
    env: {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      DRAWBRIDGE_SLACK_LIMITS: limited ? 'slack' : 'none',
      ANTHROPIC_API_KEY: agents.apiKey,
      ANTHROPIC_BASE_URL: agents.url,
      DRAWBRIDGE_AGENT_ID: agents.agentId,
      DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
      DRAWBRIDGE_DATA: dataFolder,
      DRAWBRIDGE_CONFIG: config,
      ...UNLIMITED,
    },
    async stop() {
      await Promise.all([slack.stop(), agents.stop()]);
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
