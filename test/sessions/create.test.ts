import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/sessions/client.ts';
import { type Rig, type RigOptions, startRig, THREAD } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig?.stop());

const spec = { thread: THREAD, key: 'key-1', title: '#ops: deploy failed', requester: 'U1', triedSince: null };

/** Lets the first create reach the server and loses the answer. */
function losingFirstAnswer(): typeof fetch {
  let lost = false;
  return async (url, init) => {
    const response = await fetch(url, init);
    if (lost || init?.method !== 'POST') return response;
    lost = true;
    await response.text();
    throw new TypeError('fetch failed');
  };
}

it('makes a session that says where it belongs', async () => {
  const { sessions, api } = await start();
  const session = await api.beta.sessions.retrieve(await sessions.create(spec));
  expect(session).toMatchObject({
    title: '#ops: deploy failed',
    agent: { id: rig.server.agentId, version: 1 },
    environment_id: rig.server.environmentId,
    metadata: {
      slack_team: 'T1',
      slack_channel: 'C1',
      slack_thread_ts: '1700000000.000100',
      bridge_key: 'key-1',
    },
    vault_ids: [],
  });
});

it('pins the agent version and passes vaults when there are any', async () => {
  const { api } = await start();
  await api.beta.agents.update(rig.server.agentId, { name: 'Second version' });
  const sessions = rig.another({ agent: { id: rig.server.agentId, version: 1 }, vaultIds: ['vlt_1'] });
  const session = await api.beta.sessions.retrieve(await sessions.create(spec));
  expect(session).toMatchObject({ agent: { version: 1 }, vault_ids: ['vlt_1'] });
});

it('gives the session its cap, in whole cents, and none when there is none', async () => {
  const { sessions, api } = await start();
  expect((await api.beta.sessions.retrieve(await sessions.create(spec))).budget ?? null).toBeNull();
  const capped = await rig.another({ budgetCents: 249.5 }).create({ ...spec, key: 'key-2' });
  expect((await api.beta.sessions.retrieve(capped)).budget).toEqual({
    type: 'limit',
    max_list_cost: { amount: '250', currency: 'USD' },
  });
});

it('cuts a long title between characters', async () => {
  const { sessions, api } = await start();
  const session = await api.beta.sessions.retrieve(await sessions.create({ ...spec, title: '🙂'.repeat(400) }));
  expect(session.title).toBe('🙂'.repeat(200));
});

describe('a create whose outcome is unknown', () => {
  it('finds the session that a process made and died before it could remember it', async () => {
    const { sessions, clock } = await start();
    const triedSince = clock.now();
    const made = await sessions.create(spec);
    const next = rig.another({});
    expect(await next.create({ ...spec, triedSince })).toBe(made);
    expect(await next.create({ ...spec, key: 'key-2', triedSince })).not.toBe(made);
    expect(rig.server.records().sessions).toHaveLength(2);
  });

  it('makes one session when the first try had landed', async () => {
    const { sessions, server } = await start({ fetch: losingFirstAnswer() });
    const session = await sessions.create(spec);
    expect(server.records().sessions.map(({ id }) => id)).toEqual([session]);
    expect(server.records().requests['sessions.create']).toBe(1);
  });

  it('finds its own session among many', async () => {
    const { sessions, server } = await start();
    for (let n = 0; n < 120; n++) await sessions.create({ ...spec, key: `other-${n}` });
    const losing = rig.another({ fetch: losingFirstAnswer() });
    await losing.create(spec);
    for (let n = 0; n < 3; n++) await sessions.create({ ...spec, key: `later-${n}` });
    expect(server.records().sessions.filter(({ metadata }) => metadata.bridge_key === 'key-1')).toHaveLength(1);
  });

  it('makes one session when the first try had not landed', async () => {
    const { sessions, server } = await start();
    server.faults.failNext('sessions.create', { status: 500 });
    await sessions.create(spec);
    expect(server.records().sessions).toHaveLength(1);
    expect(server.records().requests['sessions.create']).toBe(2);
  });

  it('is settled by a later call with the same key when the look failed', async () => {
    const { sessions, server } = await start({ speed: 200, fetch: losingFirstAnswer() });
    server.faults.failNext('sessions.list', { status: 503, times: 1_000_000 });
    await expect(sessions.create(spec)).rejects.toMatchObject({ code: 'unreachable' });
    server.faults.clear();
    await sessions.create(spec);
    expect(server.records().sessions).toHaveLength(1);
  });
});

describe('a create that is refused', () => {
  it.each([
    [401, 'no', 'credentials'],
    [403, 'no', 'credentials'],
    [404, 'Agent does not exist.', 'agent'],
    [400, 'The environment is archived.', 'agent'],
    [400, 'metadata: too many pairs', 'request'],
  ])('with %i "%s" says %s and is not tried again', async (status, words, code) => {
    const { sessions, server } = await start();
    server.faults.failNext('sessions.create', { status, message: words });
    await expect(sessions.create(spec)).rejects.toMatchObject({ name: 'SessionError', code });
    expect(server.records().requests['sessions.create']).toBe(1);
  });

  it('because the agent or environment is unknown or archived says agent', async () => {
    const { api } = await start();
    const unknown = rig.another({ agent: { id: 'agent_none', version: null } });
    await expect(unknown.create(spec)).rejects.toMatchObject({ code: 'agent' });
    await expect(rig.another({ environmentId: 'env_none' }).create(spec)).rejects.toMatchObject({ code: 'agent' });
    await api.beta.environments.archive(rig.server.environmentId);
    await expect(rig.sessions.create(spec)).rejects.toMatchObject({ code: 'agent' });
    await api.beta.agents.archive(rig.server.agentId);
    await expect(rig.sessions.create(spec)).rejects.toMatchObject({ code: 'agent' });
  });

  it('because the key is wrong says credentials', async () => {
    await start();
    await expect(rig.another({ apiKey: 'sk-ant-wrong' }).create(spec)).rejects.toMatchObject({ code: 'credentials' });
  });

  it('for the rate, or by a failing server, ends as unreachable', async () => {
    const { sessions, server } = await start({ speed: 200 });
    server.faults.failNext('sessions.create', { status: 429, times: 1_000_000 });
    await expect(sessions.create(spec)).rejects.toMatchObject({ code: 'unreachable' });
    server.faults.clear();
    server.faults.failNext('sessions.create', { status: 503, times: 1_000_000 });
    await expect(sessions.create({ ...spec, key: 'key-2' })).rejects.toMatchObject({ code: 'unreachable' });
    expect(server.records().sessions).toEqual([]);
  });

  it('by nobody, because nobody answers, ends as unreachable', async () => {
    await start({ speed: 200 });
    await rig.server.stop();
    await expect(rig.sessions.create(spec)).rejects.toMatchObject({ code: 'unreachable' });
  });
});

it('takes nothing from the environment but what it is given', async () => {
  await start();
  const seen: Record<string, unknown>[] = [];
  const http = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const before = { ...process.env };
  Object.assign(process.env, {
    ANTHROPIC_API_KEY: 'sk-ant-environment',
    ANTHROPIC_AUTH_TOKEN: 'token-environment',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
  });
  try {
    const baseURL = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    await expect(rig.another({ apiKey: 'sk-ant-given', baseURL }).create(spec)).rejects.toThrow();
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).toContain('sk-ant-given');
    expect(JSON.stringify(seen)).not.toContain('environment');
    expect(createClient({ apiKey: 'x' }).baseURL).toBe('https://api.anthropic.com');
  } finally {
    process.env = before;
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  }
});
