import { expect, it } from 'vitest';
import { seenAgent } from '../../../src/sessions/provisioning/seen-agent.ts';

const BARE = {
  id: 'agent_1',
  type: 'agent',
  version: 4,
  name: 'Helper',
  model: { id: 'claude-opus-5' },
  system: '',
  description: null,
  tools: [],
  mcp_servers: [],
  skills: [],
  multiagent: null,
  metadata: { drawbridge: 'helper', drawbridge_version: '4', owner: 'ops' },
};
const see = (more: object) => seenAgent({ ...BARE, ...more } as never, new Map([['agent_2', 'researcher']]));

it('is read without what the documentation leaves out', () => {
  expect(
    see({ tools: [{ type: 'agent_toolset_20260401', default_config: { permission_policy: { type: 'auto' } } }] }),
  ).toEqual({
    name: 'Helper',
    model: { id: 'claude-opus-5', speed: 'standard' },
    system: null,
    description: null,
    toolset: { default: { enabled: true, permission: 'auto' }, tools: {} },
    mcp_servers: {},
    custom_tools: {},
    skills: {},
    multiagent: null,
    metadata: { drawbridge: 'helper', owner: 'ops' },
  });
});

it('keeps what a tool has that the file does not declare, so that a plan shows it', () => {
  const config = {
    name: 'web_search',
    type: 'web_search',
    enabled: true,
    permission_policy: { type: 'always_allow' },
    user_location: { type: 'approximate', city: 'Lisbon' },
  };
  expect(see({ tools: [{ type: 'agent_toolset_20260401', configs: [config] }] }).toolset?.tools).toEqual({
    web_search: { enabled: true, permission: 'always_allow', user_location: { type: 'approximate', city: 'Lisbon' } },
  });
  const newer = { type: 'agent_toolset_20270101', configs: [] };
  expect(see({ tools: [newer] })).toMatchObject({ toolset: null, other_tools: [newer] });
});

it('names the members of its team as the file does, and those of others by their id', () => {
  const team = {
    type: 'enabled',
    inline_agents: { type: 'disabled' },
    predefined_agents: [
      { type: 'agent', id: 'agent_2', version: 3 },
      { type: 'agent', id: 'agent_9', version: 1 },
    ],
  };
  const off = { type: 'disabled' };
  const multiagent = {
    type: 'multiagent_20261001',
    advisor: { type: 'enabled', model: 'm' },
    subagents: team,
    workflows: off,
  };
  expect(see({ multiagent }).multiagent).toEqual({
    advisor: 'm',
    subagents: { enabled: true, inline: false, agents: { researcher: 3, agent_9: 1 } },
    workflows: { enabled: false },
  });
  expect(see({ multiagent: { type: 'coordinator', agents: [] } }).multiagent).toMatchObject({ type: 'coordinator' });
});
