import * as agent from './agent.ts';
import { declared, routes } from './declared.ts';
import type { Facts } from './facts.ts';
import * as folder from './folder.ts';
import * as gate from './gate.ts';
import type { Check, Item } from './item.ts';
import { clock, node } from './machine.ts';
import { envFile, settings } from './settings.ts';
import * as slack from './slack.ts';
import { tools } from './tools.ts';

const CHECKS: Record<string, Check[]> = {
  'This machine': [node, clock],
  Settings: [settings, envFile],
  'Data folder': [folder.folder, folder.privacy, folder.space, folder.audit],
  Slack: [slack.botToken, slack.scopes, slack.socket, slack.sameApp, slack.copies, slack.channels, slack.events],
  Agent: [agent.reached, agent.agents, agent.environments, agent.vaults, agent.servers, tools, declared, routes],
  Gate: [gate.policy, gate.reach, gate.budget],
};

export interface Group {
  name: string;
  items: Item[];
}

/** What all checks have to say about the facts. Pure. */
export function runChecks(facts: Facts): Group[] {
  return Object.entries(CHECKS).map(([name, checks]) => ({ name, items: checks.flatMap((check) => check(facts)) }));
}
