import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { createAgentStore } from '../../../src/playground/agents/agents.ts';
import { createEnvironmentStore } from '../../../src/playground/agents/environments.ts';
import { createIds } from '../../../src/playground/agents/ids.ts';
import { type AgentSection, agentsSchema } from '../../../src/sessions/provisioning/agent-schema.ts';
import { agentParams, wantedAgent } from '../../../src/sessions/provisioning/agent-tree.ts';
import { checkDeclarations } from '../../../src/sessions/provisioning/check.ts';
import { type EnvironmentSection, environmentsSchema } from '../../../src/sessions/provisioning/environment-schema.ts';
import {
  environmentParams,
  seenEnvironment,
  wantedEnvironment,
} from '../../../src/sessions/provisioning/environment-tree.ts';
import { seenAgent, settle } from '../../../src/sessions/provisioning/seen-agent.ts';
import { compareTrees } from '../../../src/sessions/provisioning/tree.ts';

/** What is written is read back as no difference, whatever is declared and whatever was there before. */
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const permission = fc.constantFrom('always_allow', 'always_ask', 'auto');
const rule = record({ enabled: fc.boolean(), permission });
const domains = fc.uniqueArray(
  word.map((name) => `${name}.com`),
  { minLength: 1, maxLength: 3 },
);
const webRule = fc.oneof(rule, record({ permission, allowed_domains: domains }), record({ blocked_domains: domains }));
const toolset = record({ default: rule, bash: rule, read: rule, edit: rule, web_search: webRule, web_fetch: webRule });
const server = fc.record(
  {
    url: word.map((name) => `https://${name}.com/mcp`),
    default: rule,
    tools: fc.dictionary(word, rule, { maxKeys: 3 }),
  },
  { requiredKeys: ['url'] },
);
const team = fc.oneof(fc.boolean(), record({ inline: fc.boolean(), agents: fc.constant([]) }));
const model = fc.oneof(
  word,
  fc.record(
    {
      id: word,
      effort: fc.constantFrom('low', 'medium', 'high', 'xhigh', 'max'),
      speed: fc.constantFrom('standard', 'fast'),
      inference_geo: fc.constantFrom('us', 'global'),
    },
    { requiredKeys: ['id'] },
  ),
);
const skill = fc.oneof(fc.constantFrom('xlsx', 'pdf'), fc.record({ id: fc.constant('skill_1'), version: word }));
const agent = fc.record(
  {
    model,
    name: word,
    system: fc.string({ minLength: 1 }),
    description: fc.string({ minLength: 1 }),
    toolset,
    mcp_servers: fc.dictionary(word, server, { maxKeys: 2 }),
    custom_tools: fc.subarray(['ask_user', 'deploy']),
    skills: fc.uniqueArray(skill, { maxLength: 2, selector: (one) => JSON.stringify(one) }),
    multiagent: record({ advisor: word, subagents: team, workflows: team }),
    metadata: fc.dictionary(word, word, { maxKeys: 3 }),
  },
  { requiredKeys: ['model'] },
);
const environment = record({
  description: word,
  networking: fc.oneof(
    fc.constant('unrestricted'),
    record({ allowed_hosts: domains, allow_mcp_servers: fc.boolean(), allow_package_managers: fc.constant(true) }),
  ),
  packages: record({ pip: fc.array(word), apt: fc.array(word) }),
  metadata: fc.dictionary(word, word, { maxKeys: 3 }),
});

function record<T extends Record<string, fc.Arbitrary<unknown>>>(of: T) {
  return fc.record(of, { requiredKeys: [] });
}

const TOOLS = ['ask_user', 'deploy'].map((name) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
}));

/** Those that the file would not be refused for. */
function agents(of: unknown): AgentSection | null {
  const parsed = agentsSchema.safeParse({ a: of });
  const section = parsed.data?.a;
  return section && checkDeclarations({ agents: { a: section } }).length === 0 ? section : null;
}
function environments(of: unknown): EnvironmentSection | null {
  const section = environmentsSchema.safeParse({ e: of }).data?.e;
  return section && checkDeclarations({ environments: { e: section } }).length === 0 ? section : null;
}

const NOBODY = new Map<string, string>();
const patch = (old: Record<string, string>, wanted: Record<string, string> = {}) => ({
  ...Object.fromEntries(Object.keys(old).map((key) => [key, null])),
  ...wanted,
});

describe('what was applied', () => {
  it('is no difference for agents, made or changed', () => {
    let tried = 0;
    fc.assert(
      fc.property(agent, maybe(agent), (first, second) => {
        const store = createAgentStore(realClock, createIds());
        let id: string | null = null;
        for (const section of [agents(first), agents(second)]) {
          if (section === null) continue;
          tried += 1;
          const old = id === null ? null : seenAgent(store.retrieve(id) as never, NOBODY);
          const tree = wantedAgent('a', section, { tools: TOOLS, versions: new Map() });
          const wanted = old ? settle(tree, old) : tree;
          const params = agentParams(wanted, NOBODY);
          if (old === null || id === null) ({ id } = store.create(params));
          else store.update(id, { ...params, metadata: patch(old.metadata, params.metadata) });
          const seen = seenAgent(store.retrieve(id) as never, NOBODY);
          expect(compareTrees(seen, settle(tree, seen))).toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
    expect(tried).toBeGreaterThan(200);
  });

  it('is no difference for environments, made or changed', () => {
    let tried = 0;
    fc.assert(
      fc.property(environment, maybe(environment), (first, second) => {
        const store = createEnvironmentStore(realClock, createIds());
        let id: string | null = null;
        for (const section of [environments(first), environments(second)]) {
          if (section === null) continue;
          tried += 1;
          const wanted = wantedEnvironment('e', section);
          const params = environmentParams(wanted);
          const old = id === null ? null : seenEnvironment(store.retrieve(id) as never);
          if (old === null || id === null) ({ id } = store.create(params));
          else store.update(id, { ...params, metadata: patch(old.metadata, params.metadata) });
          expect(compareTrees(seenEnvironment(store.retrieve(id) as never), wanted)).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
    expect(tried).toBeGreaterThan(100);
  });
});
