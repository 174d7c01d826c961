import { afterEach, expect, test } from 'vitest';
import { createClient } from '../../src/sessions/client.ts';
import type { Route } from '../../src/sessions/route.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig?.stop());

/** Two channels, two agents, and a third for direct messages; what is said of an agent is its name. */
const routing: RigOptions['routing'] = async ({ slack, agents }) => {
  const api = createClient({ apiKey: agents.apiKey, baseURL: agents.url });
  const make = async (name: string) => {
    const { id } = await api.beta.agents.create({ name, model: 'claude-opus-5' });
    return { id, version: null };
  };
  const environment = await api.beta.environments.create({ name: 'production' });
  const channel = (name: string) => slack.state().channels.find((one) => one.name === name)?.id ?? '';
  const usual = {
    agent: await make('Usual'),
    environmentId: agents.environmentId,
    vaultIds: [],
    memoryStores: [],
    repositories: [],
  };
  const route = (name: string, match: Partial<Route['match']>, more: Partial<Route>): Route => ({
    ...usual,
    name,
    match: { channels: null, places: null, requesters: null, ...match },
    ...more,
  });
  return {
    ...usual,
    routes: [
      route(
        'operations',
        { channels: [channel('ops')] },
        { agent: await make('Operator'), environmentId: environment.id },
      ),
      route('direct', { places: ['dm'] }, { agent: await make('Assistant') }),
      route('ben', { requesters: ['U0BEN00002'] }, { agent: await make('Bens own') }),
    ],
  };
};

async function sessionOf(root: string) {
  const api = createClient({ apiKey: rig.agents.apiKey, baseURL: rig.agents.url });
  const found = rig.agents.records().sessions.filter(({ metadata }) => metadata.slack_thread_ts === root);
  expect(found).toHaveLength(1);
  return api.beta.sessions.retrieve(found[0]?.id ?? '');
}

test('channels, direct messages and people have the agent and environment of their route, all else the default', async () => {
  rig = await startRig({ routing });
  const places = [
    { who: 'Ana', channel: rig.channel('#ops'), text: '@Drawbridge hello', agent: 'Operator', route: 'operations' },
    { who: 'Ana', channel: rig.dm('Ana'), text: 'hello', agent: 'Assistant', route: 'direct' },
    { who: 'Ben', channel: rig.channel('#general'), text: '@Drawbridge hello', agent: 'Bens own', route: 'ben' },
    { who: 'Ana', channel: rig.channel('#general'), text: '@Drawbridge hello', agent: 'Usual', route: undefined },
  ];
  for (const { who, channel, text, agent, route } of places) {
    const root = await rig.say(who, text, { channel });
    await rig.ended(channel, root);
    const session = await sessionOf(root);
    expect(session.agent.name).toBe(agent);
    expect(session.metadata?.route).toBe(route);
    expect(session.environment_id === rig.agents.environmentId).toBe(agent !== 'Operator');
  }
  await rig.noProblems();
});
