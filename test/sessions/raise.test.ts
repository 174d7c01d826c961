import { afterEach, describe, expect, it } from 'vitest';
import { sessionId } from '../../src/thread/ids.ts';
import { eventually, message, type Rig, script, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

/** A session that has just used up its budget in the middle of its work. */
async function capped(options: { speed?: number } = {}) {
  rig = await startRig({
    ...options,
    budgetCents: 100,
    scripts: [
      script(async (agent) => {
        agent.spendBudget();
        await agent.say('half of it');
        await agent.say('all of it');
      }),
    ],
  });
  const session = await rig.open();
  const follower = rig.follow(session);
  await follower.heard('follow.live');
  await rig.sessions.send(session, message('hello'));
  await follower.heard('session.status_idle');
  expect(follower.events.at(-1)).toMatchObject({ reason: 'budget_reached' });
  return { session, follower };
}

const capOf = (session: Parameters<Rig['record']>[0]) => rig.api.beta.sessions.retrieve(session);

describe('a raise', () => {
  it('sets the cap, and the session goes on by itself', async () => {
    const { session, follower } = await capped();
    await rig.sessions.raise(session, 600);
    await eventually(() => expect(follower.events.at(-1)).toMatchObject({ reason: 'end_turn' }));
    expect(follower.types().filter((type) => type === 'agent.message').length).toBeGreaterThan(0);
    expect((await capOf(session)).budget?.max_list_cost.amount).toBe('600');
  });

  it('is harmless twice', async () => {
    const { session } = await capped();
    await rig.sessions.raise(session, 600);
    await rig.sessions.raise(session, 600);
    expect((await capOf(session)).budget?.max_list_cost.amount).toBe('600');
  });

  it('is tried again when the outcome is unknown', async () => {
    const { session } = await capped();
    rig.server.faults.failNext('sessions.update', { status: 500 });
    await rig.sessions.raise(session, 600);
    expect((await capOf(session)).budget?.max_list_cost.amount).toBe('600');
  });

  it('to no more than what was used is refused, and the session stays where it is', async () => {
    const { session } = await capped();
    await expect(rig.sessions.raise(session, 100)).rejects.toMatchObject({ name: 'SessionError', code: 'budget' });
    expect((await capOf(session)).status).toBe('idle');
  });

  it('of a session that is gone says gone, and one that cannot be reached says unreachable', async () => {
    const { session } = await capped({ speed: 200 });
    await expect(rig.sessions.raise(sessionId('sesn_none'), 600)).rejects.toMatchObject({ code: 'gone' });
    rig.server.faults.failNext('sessions.update', { status: 503, times: 99 });
    await expect(rig.sessions.raise(session, 600)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
