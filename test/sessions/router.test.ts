import { expect, it } from 'vitest';
import type { Route, Target } from '../../src/sessions/route.ts';
import { createRouter } from '../../src/sessions/router.ts';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';

const target = (id: string): Target => ({
  agent: { id, version: null },
  environmentId: 'env_1',
  vaultIds: [],
  memoryStores: [],
  repositories: [],
});
const route = (name: string, match: Partial<Route['match']>): Route => ({
  ...target(name),
  name,
  match: { channels: null, places: null, requesters: null, ...match },
});

function setUp(routes: Route[], { fails = false } = {}) {
  const asked: string[] = [];
  const answer = <T>(what: string, value: T) => {
    asked.push(what);
    return fails ? Promise.reject(new Error('no answer')) : Promise.resolve(value);
  };
  const router = createRouter({
    fallback: target('usual'),
    routes,
    surroundings: {
      place: (channel) => answer(channel, channel.startsWith('D') ? 'dm' : channel === 'G1' ? 'group_dm' : 'channel'),
      group: (group) => answer(group, group === 'S1' ? ['U1', 'U2'] : []),
    },
  });
  const ask = async (channel: string, requester = 'U9') => {
    const thread = threadId({ team: 'T1', channel, root: '1700000000.000100' as SlackTs });
    return (await router.target(thread, requester)).target.agent.id;
  };
  return { ask, asked, router };
}

it('takes the first route that matches, and the default where none does', async () => {
  const { ask } = setUp([
    route('incident', { channels: ['C1'] }),
    route('direct', { places: ['dm', 'group_dm'] }),
    route('dba', { requesters: ['U7', 'S1'] }),
  ]);
  expect(await Promise.all([ask('C1'), ask('C1', 'U7'), ask('D1', 'U1'), ask('G1')])).toEqual([
    'incident',
    'incident',
    'direct',
    'direct',
  ]);
  expect(await Promise.all([ask('C2', 'U7'), ask('C2', 'U2'), ask('C2', 'U9')])).toEqual(['dba', 'dba', 'usual']);
});

it('wants all that a route names', async () => {
  const { ask } = setUp([route('both', { channels: ['C1', 'C2'], requesters: ['U7'] })]);
  expect(await Promise.all([ask('C1', 'U7'), ask('C1', 'U8'), ask('C3', 'U7')])).toEqual(['both', 'usual', 'usual']);
});

it('asks Slack only what the answer depends on', async () => {
  const { ask, asked } = setUp([route('dba', { channels: ['C1'], requesters: ['U7', 'S1'] })]);
  await ask('C2', 'U1');
  await ask('C1', 'U7');
  expect(asked).toEqual([]);
  await ask('C1', 'U1');
  expect(asked).toEqual(['S1']);
});

it('gives nobody the default when Slack does not say who they are', async () => {
  const { ask } = setUp([route('dba', { requesters: ['S1'] })], { fails: true });
  await expect(ask('C1', 'U1')).rejects.toMatchObject({ name: 'SessionError', code: 'unreachable' });
});

it('knows every agent a session may have', () => {
  expect(setUp([route('a', {}), route('b', {}), route('a', {})]).router.agentIds).toEqual(['usual', 'a', 'b']);
});
