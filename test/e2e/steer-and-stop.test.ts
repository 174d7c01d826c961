import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const reactions = (channel: string, root: string, ts: string) =>
  rig
    .thread(channel, root)
    .find((message) => message.ts === ts)
    ?.reactions?.map((reaction) => reaction.name) ?? [];

async function startSlowTurn(where: 'channel' | 'dm') {
  const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
  const root = await rig.say('Ana', where === 'dm' ? 'take your time' : '@Drawbridge take your time', { channel });
  await rig.until('it works', () => rig.answers(channel, root).some((text) => text.includes('in_progress')));
  return { channel, root };
}

describe.each(['channel', 'dm'] as const)('steering in a %s', (where) => {
  it('sends a reply at once, marks it queued and then seen, and lets the running reply go on', async () => {
    const { channel, root } = await startSlowTurn(where);
    const steer = await rig.say(where === 'dm' ? 'Ana' : 'Ben', 'look at the database first', {
      channel,
      thread: root,
    });
    await rig.until('it is sent', () => rig.userMessages().length === 2);
    await rig.until('it is acknowledged', () => reactions(channel, root, steer).length > 0);
    await rig.until('it is seen', () => reactions(channel, root, steer).join() === 'eyes');
    await rig.ended(channel, root);
    const said = rig.answers(channel, root).join('\n');
    expect(said).toContain('look at the database first');
    expect(said).toContain('Step 1 of 6');
    expect(said).toContain('Step 6 of 6');
    expect(rig.agents.records().sessions).toHaveLength(1);
    await rig.noProblems();
  });
});

describe('stopping', () => {
  const stopped = (channel: string, root: string) =>
    rig.until('it says that it was stopped', () => rig.answers(channel, root).some((text) => text.includes('Stopped')));

  async function answersAgain(channel: string, root: string) {
    await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');
    await rig.say('Ana', 'are you back?', { channel, thread: root });
    await rig.until('the next answer', () => rig.answers(channel, root).join('\n').includes('are you back?'));
    expect(rig.agents.records().sessions).toHaveLength(1);
  }

  it.each(['stop', 'Cancel!', '@Drawbridge stop'])('takes “%s” as a whole reply for a stop', async (word) => {
    const { channel, root } = await startSlowTurn('channel');
    await rig.say('Ana', word, { channel, thread: root });
    await stopped(channel, root);
    await answersAgain(channel, root);
    expect(rig.userMessages()).toHaveLength(2);
    expect(rig.answers(channel, root).join('\n')).not.toContain('Step 6 of 6');
    await rig.noProblems();
  });

  it('does not take a sentence with the word in it for a stop', async () => {
    const { channel, root } = await startSlowTurn('channel');
    await rig.say('Ana', 'please stop by the database as well', { channel, thread: root });
    await rig.until('it is sent', () => rig.userMessages().length === 2);
  });

  it('takes the native stop button', async () => {
    const { channel, root } = await startSlowTurn('dm');
    rig.slack.act.stop({ user: rig.user('Ana'), channel, thread_ts: root });
    await stopped(channel, root);
    await answersAgain(channel, root);
    await rig.noProblems();
  });

  it('takes our own stop button, which is gone afterwards', async () => {
    const { channel, root } = await startSlowTurn('channel');
    const withButton = () =>
      rig.thread(channel, root).find((message) => JSON.stringify(message.blocks ?? []).includes('drawbridge:stop'));
    const message = await rig.until('a stop button', withButton);
    await rig.slack.act.click({ user: rig.user('Ben'), channel, message_ts: message.ts, action_id: 'drawbridge:stop' });
    await stopped(channel, root);
    expect(rig.answers(channel, root).join('\n')).toContain(rig.user('Ben'));
    await answersAgain(channel, root);
    await rig.until('no button is left', () => !withButton());
    await rig.noProblems();
  });

  it('stops a message that was still queued in the session, too, and each turn says so once', async () => {
    await rig.stop();
    rig = await startRig({ agents: { steering: 'own-turn' } });
    const { channel, root } = await startSlowTurn('channel');
    const queued = await rig.say('Ana', 'take your time with this as well', { channel, thread: root });
    await rig.until('it is queued', () => rig.userMessages().length === 2);
    await rig.say('Ana', 'stop', { channel, thread: root });
    await stopped(channel, root);
    await rig.until('it is stopped as well', () => {
      const [session] = rig.agents.records().sessions;
      return session?.status === 'idle' && session.events.filter(({ type }) => type === 'user.interrupt').length === 2;
    });
    await rig.until('it is not shown as queued', () => reactions(channel, root, queued).join() === 'eyes');
    const stops = () => rig.answers(channel, root).filter((text) => text.includes('Stopped'));
    await rig.until('each of the two turns says so', () => stops().length === 2);
    await answersAgain(channel, root);
    expect(stops()).toHaveLength(2);
    await rig.noProblems();
  });

  it('answers that nothing is running', async () => {
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge hello', { channel: ops });
    await rig.ended(ops, root);
    const before = rig.answers(ops, root).length;
    await rig.say('Ana', 'stop', { channel: ops, thread: root });
    await rig.until('it says so', () => rig.answers(ops, root).length > before);
    expect(rig.answers(ops, root).at(-1)?.toLowerCase()).toContain('nothing');
  });
});
