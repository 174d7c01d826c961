import type Anthropic from '@anthropic-ai/sdk';
import { parse } from 'yaml';
import { type AgentsServer, startAgentsServer } from '../../../src/playground/agents/server.ts';
import { createClient } from '../../../src/sessions/client.ts';
import type { CustomTool } from '../../../src/sessions/provisioning/agent-tree.ts';
import { applyPlan } from '../../../src/sessions/provisioning/apply.ts';
import { EMPTY_LOCK, type Lock } from '../../../src/sessions/provisioning/lock.ts';
import { makePlan, type Plan, type PlanOptions } from '../../../src/sessions/provisioning/plan.ts';
import { createRemote, type RemoteOptions } from '../../../src/sessions/provisioning/remote.ts';
import { declarationsSchema } from '../../../src/settings.ts';

const TOOLS: CustomTool[] = [
  {
    name: 'ask_user',
    description: 'Asks.',
    inputSchema: { type: 'object', properties: { question: { type: 'string' } } },
  },
  { name: 'deploy', description: 'Deploys.', inputSchema: { type: 'object' } },
];

/** The real SDK against the local server, with a lock file in memory. */
export interface Rig {
  server: AgentsServer;
  /** What another program would do. */
  api: Anthropic;
  lock: Lock;
  plan(yaml: string, options?: Partial<PlanOptions>): Promise<Plan>;
  /** Plans and does it. */
  apply(yaml: string, options?: Partial<PlanOptions>): Promise<Plan>;
  /** Another process on the same lock file. */
  remote(options?: Partial<RemoteOptions>): PlanOptions['remote'];
  stop(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  const server = await startAgentsServer({ pace: 0 });
  const remote: Rig['remote'] = (options) => createRemote({ apiKey: server.apiKey, baseURL: server.url, ...options });
  const rig: Rig = {
    server,
    api: createClient({ apiKey: server.apiKey, baseURL: server.url }),
    lock: EMPTY_LOCK,
    remote,
    plan: (yaml, options) =>
      makePlan(declarationsSchema.parse(parse(yaml)), { remote: remote(), lock: rig.lock, tools: TOOLS, ...options }),
    async apply(yaml, options) {
      const plan = await rig.plan(yaml, options);
      await applyPlan(plan, {
        lock: rig.lock,
        save: (lock) => {
          rig.lock = lock;
        },
      });
      return plan;
    },
    stop: () => server.stop(),
  };
  return rig;
}

/** `create agents.helper`, without those that are as declared. */
export function actions({ steps }: Plan): string[] {
  return steps
    .filter(({ change }) => change.action !== 'none')
    .map(({ change: { action, kind, name } }) => `${action} ${kind}.${name}`);
}

/** `model.effort: high → low` */
export function fields({ steps }: Plan): string[] {
  return steps.flatMap(({ change }) =>
    change.fields.map(
      ({ path, old, new: next }) => `${path.join('.')}: ${JSON.stringify(old)} → ${JSON.stringify(next)}`,
    ),
  );
}
