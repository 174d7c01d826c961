/** What a bot is told that stands between the two local servers. */
import type { AgentsConfig, SlackConfig } from '../config.ts';
import type { AgentsServer } from './agents/server.ts';
import type { SlackServer } from './slack/server.ts';

/** Over Socket Mode; the local Slack has no limits until somebody asks it for them. */
export function slackSettings({ botToken, appToken, apiUrl }: SlackServer): SlackConfig {
  return { botToken, transport: { type: 'socket', appToken }, apiUrl, limits: 'none' };
}

/** One agent everywhere. */
export function agentsSettings({ apiKey, url, agentId, environmentId }: AgentsServer): AgentsConfig {
  return {
    apiKey,
    baseUrl: url,
    webhookKey: null,
    agent: { id: agentId, version: null },
    environmentId,
    vaultIds: [],
    memoryStores: [],
    repositories: [],
    routes: [],
  };
}
