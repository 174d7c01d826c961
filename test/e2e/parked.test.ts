import { afterEach, describe, expect, it } from 'vitest';
import { type LeapClock, leapClock } from './leap-clock.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
let clock: LeapClock;
afterEach(() => rig.stop());

interface Thread {
  channel: string;
  root: string;
}

const MINUTE = 60_000;

async function start(options: RigOptions = {}): Promise<void> {
  clock = leapClock();
  rig = await startRig({ clock, agents: { pace: 0 }, ...options });
}

const streams = () => rig.agents.records().requests['events.stream'] ?? 0;
/** How often all sessions have been looked at. */
const looks = () => rig.logged().split('sessions looked at').length - 1;
const isDown = () => rig.until('nobody listens', () => rig.agents.records().openStreams === 0);

async function asked(): Promise<Thread> {
  const thread = await rig.ask('deploy');
  await rig.until('it asks', () => rig.card(thread.channel, thread.root) && isSuspended(thread));
  await isDown();
  return thread;
}

const isSuspended = ({ channel, root }: Thread) => rig.status(channel, root) === 'suspended';

/** The next list of all sessions has been read. One that is under way may have to end first. */
async function nextLook(): Promise<void> {
  const before = looks();
  let leaptAt = 0;
  await rig.until('all sessions are listed', () => {
    if (looks() === before && Date.now() - leaptAt > 500) {
      clock.leap(2 * MINUTE);
      leaptAt = Date.now();
    }
    return looks() > before;
  });
}

function call(path: string, { method = 'POST', body }: { method?: string; body?: unknown } = {}): Promise<Response> {
  return fetch(`${rig.agents.url}/v1/sessions/${path}`, {
    method,
    headers: {
      'x-api-key': rig.agents.apiKey,
      'anthropic-beta': 'managed-agents-2026-04-01',
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

function sessionOf({ root }: Thread): string {
  const found = rig.agents.records().sessions.find(({ metadata }) => metadata.slack_thread_ts === root);
  if (!found) throw new Error('the thread has no session');
  return found.id;
}

describe('threads that wait', () => {
  it('hold no timer and no socket, however many they are', async () => {
    await start({ gate: 'defaults: { expire: { after: 1d }, remind: [1h] }' });
    await asked();
    await rig.until('only what is always there is armed', () => clock.armed() <= 8);
    const armed = clock.armed();
    const threads = await Promise.all(
      Array.from({ length: 30 }, (_, n) => rig.ask(n % 2 === 0 ? `deploy ${n}` : `hello ${n}`)),
    );
    for (const [n, thread] of threads.entries()) {
      if (n % 2 === 0) await rig.until('it asks', () => isSuspended(thread));
      else await rig.ended(thread.channel, thread.root);
    }
    await isDown();
    await rig.until('no timer is left of them', () => clock.armed() <= armed);
  });

  it('are not woken by a restart, and are there for whoever decides then', async () => {
    await start();
    const threads = [await asked(), await asked(), await asked()];
    const before = streams();
    const listed = looks();
    await rig.restart();
    await rig.until('all sessions are listed', () => looks() > listed);
    expect(streams()).toBe(before);
    for (const thread of threads) await rig.press('Ana', 'approve', thread);
    for (const { channel, root } of threads) await rig.ended(channel, root);
    await rig.noProblems();
  });
});

describe('a session that moves without us', () => {
  it.each(['while we are there', 'while we are away'])(
    'is shown in its thread: a message from the Console, %s',
    async (when) => {
      await start();
      const thread = await rig.ask('first question');
      await rig.ended(thread.channel, thread.root);
      await isDown();
      const write = async () => {
        const content = [{ type: 'text', text: 'from the Console' }];
        expect(
          (await call(`${sessionOf(thread)}/events`, { body: { events: [{ type: 'user.message', content }] } })).ok,
        ).toBe(true);
      };
      if (when === 'while we are away') await rig.away(write);
      else {
        await write();
        await nextLook();
      }
      await rig.ended(thread.channel, thread.root, 2);
      expect(rig.said(thread.channel, thread.root)).toMatch(/first question[\s\S]*from the Console/);
      await isDown();
      const before = streams();
      await nextLook();
      await nextLook();
      expect(streams()).toBe(before);
      await rig.noProblems();
    },
  );

  it.each([
    ['archived', '/archive', 'POST'],
    ['deleted', '', 'DELETE'],
  ])('is over for people too when it is %s while they are asked', async (_, path, method) => {
    await start();
    const thread = await asked();
    const other = await asked();
    expect((await call(`${sessionOf(thread)}${path}`, { method })).status).toBe(200);
    await nextLook();
    await rig.until('its buttons go away', () => !rig.said(thread.channel, thread.root).includes('"button"'));
    await rig.until('the thread is ready', () => rig.status(thread.channel, thread.root) === 'active');
    expect(isSuspended(other)).toBe(true);
    await rig.say('Ana', 'second thing', { channel: thread.channel, thread: thread.root });
    await rig.until('it is answered', () => rig.said(thread.channel, thread.root).includes('“second thing”'));
    await rig.noProblems();
  });
});
