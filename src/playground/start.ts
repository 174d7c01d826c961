/** The playground: the two local servers and the page, with what the bot needs to connect to them. */
import { type Clock, realClock } from '../clock.ts';
import type { AgentsConfig, SlackConfig } from '../config.ts';
import { startAgentsServer } from './agents/server.ts';
import { servePage } from './serve-page.ts';
import { agentsSettings, slackSettings } from './settings.ts';
import { startSlackServer } from './slack/server.ts';
import { createTrafficLog, type TrafficLog } from './traffic.ts';

export interface PlaygroundOptions {
  /** The page's port; 0 takes a free one. Rejects with EADDRINUSE when somebody else has it. */
  port: number;
  /** The real agents API for the page to talk to; null starts a local one. */
  agents: AgentsConfig | null;
  clock?: Clock;
}

export interface Playground {
  /** Where the page is: `http://127.0.0.1:8080`. */
  url: string;
  slack: SlackConfig;
  agents: AgentsConfig;
  stop(): Promise<void>;
}

export async function startPlayground({ port, agents, clock = realClock }: PlaygroundOptions): Promise<Playground> {
  const traffic = createTrafficLog();
  const agentsSide =
    agents === null ? await startLocalAgents(clock, traffic) : { config: agents, stop: async () => {} };
  const slack = await startSlackServer({
    port,
    clock,
    traffic,
    page: servePage(),
    agent: agents === null ? 'scripted' : 'real',
    ...('faults' in agentsSide ? { faults: agentsSide.faults } : {}),
  }).catch(async (error: unknown) => {
    await agentsSide.stop();
    throw error;
  });
  return {
    url: slack.url,
    slack: slackSettings(slack),
    agents: agentsSide.config,
    async stop() {
      await Promise.all([slack.stop(), agentsSide.stop()]);
    },
  };
}

async function startLocalAgents(clock: Clock, traffic: TrafficLog) {
  const agents = await startAgentsServer({ clock, traffic });
  return { config: agentsSettings(agents), faults: agents.faults.apply, stop: agents.stop };
}
