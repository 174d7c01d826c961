import { afterEach, expect, it } from 'vitest';
import { type SlackTs, threadId } from '../../src/thread/ids.ts';
import type { Sighting } from '../../src/thread/ports.ts';
import { message, type Rig, type RigOptions, startRig, THREAD } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig?.stop());

async function all(): Promise<{ sightings: Sighting[]; pages: number }> {
  const sightings: Sighting[] = [];
  for (let [page, pages] = [null as string | null, 1]; ; pages += 1) {
    const { sessions, next } = await rig.sessions.list(page);
    sightings.push(...sessions);
    if (next === null) return { sightings, pages };
    page = next;
  }
}

const requests = () => rig.server.records().requests['sessions.list'] ?? 0;

it('tells of every session which thread it is for, newest first, whatever became of it', async () => {
  const { sessions, api } = await start();
  const thread = (root: string) => threadId({ team: 'T1', channel: 'C1', root: root as SlackTs });
  const spec = { title: 'a thread', triedSince: null, requester: 'U1' };
  const first = await sessions.create({ ...spec, thread: THREAD, key: 'one' });
  const second = await sessions.create({ ...spec, thread: thread('1700000001.000100'), key: 'two' });
  const gone = await sessions.create({ ...spec, thread: thread('1700000002.000100'), key: 'three' });
  await api.beta.sessions.archive(second);
  await api.beta.sessions.delete(gone);
  const foreign = await api.beta.sessions.create({
    agent: rig.server.agentId,
    environment_id: rig.server.environmentId,
    metadata: { slack_team: 'T1' },
  });
  const { sightings } = await all();
  expect(sightings.map(({ session, thread: of }) => [session, of])).toEqual([
    [foreign.id, null],
    [second, thread('1700000001.000100')],
    [first, THREAD],
  ]);
});

it('has changed when it does something, not later than its history says, and not while it waits', async () => {
  const { sessions } = await start();
  const session = await rig.open();
  const seen = async () => Date.parse((await sessions.list(null)).sessions[0]?.changedAt ?? '');
  const before = await seen();
  await sessions.send(session, message('hello'));
  const follower = rig.follow(session);
  await follower.heard('session.status_idle');
  const after = await seen();
  expect(after).toBeGreaterThan(before);
  const idle = follower.events.find((event) => event.type === 'session.status_idle');
  expect(after).toBeLessThanOrEqual(Date.parse(idle && 'at' in idle ? String(idle.at) : ''));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await seen()).toBe(after);
});

it('asks once for each hundred', async () => {
  const { sessions } = await start();
  for (let key = 0; key < 101; key += 1) {
    await sessions.create({ thread: THREAD, key: `key-${key}`, title: '', triedSince: null, requester: 'U1' });
  }
  const { sightings, pages } = await all();
  expect(new Set(sightings.map(({ session }) => session)).size).toBe(101);
  expect([pages, requests()]).toEqual([2, 2]);
});

it('says in our own words why it is refused', async () => {
  const { sessions, server } = await start();
  server.faults.failNext('sessions.list', { status: 429, times: 1 });
  await expect(sessions.list(null)).rejects.toMatchObject({ name: 'SessionError', code: 'unreachable' });
  expect(requests()).toBe(1);
});
