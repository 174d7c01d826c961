import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

describe.each(['channel', 'dm'] as const)('following a turn in a %s', (where) => {
  it.each(['reset', 'eof', 'stall'] as const)('survives a %s of the stream in the middle', async (how) => {
    rig = await startRig(how === 'stall' ? { speed: 10, agents: { pace: 1 } } : {});
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const root = await rig.say('Ana', where === 'dm' ? 'take your time' : '@Drawbridge take your time', { channel });
    await rig.until('it works', () => rig.answers(channel, root).some((text) => text.includes('in_progress')));
    rig.agents.faults.streams(how);
    await rig.ended(channel, root);
    const said = rig.answers(channel, root).join('\n');
    for (const step of [1, 2, 3, 4, 5, 6]) expect(said.split(`Step ${step} of 6`)).toHaveLength(2);
    expect(rig.userMessages()).toHaveLength(1);
    await rig.noProblems();
  });
});

it('honours an idle that happened while the stream was down', async () => {
  rig = await startRig();
  const channel = rig.channel('#ops');
  const root = await rig.say('Ana', '@Drawbridge tell me something', { channel });
  await rig.until('it is heard', () => rig.userMessages().length === 1);
  rig.agents.faults.apply({ failNext: [{ route: 'events.stream', status: 503, times: 2 }] });
  rig.agents.faults.streams('reset');
  await rig.ended(channel, root);
  await rig.noProblems();
});

describe('a restart', () => {
  it('continues the same session', async () => {
    rig = await startRig();
    const channel = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge before', { channel });
    await rig.ended(channel, root);
    await rig.restart();
    await rig.say('Ana', 'after', { channel, thread: root });
    await rig.ended(channel, root, 2);
    expect(rig.agents.records().sessions).toHaveLength(1);
    expect(rig.userMessages()).toHaveLength(2);
  });

  it.each(['channel', 'dm'] as const)('in the middle of a turn in a %s loses and doubles nothing', async (where) => {
    rig = await startRig({ agents: { pace: 0.5 } });
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const root = await rig.say('Ana', where === 'dm' ? 'take your time' : '@Drawbridge take your time', { channel });
    await rig.until('the first step', () => rig.answers(channel, root).some((text) => text.includes('Step 1 of 6')));
    await rig.restart();
    await rig.ended(channel, root);
    const said = rig.answers(channel, root).join('\n');
    for (const step of [1, 2, 3, 4, 5, 6]) expect(said.split(`Step ${step} of 6`)).toHaveLength(2);
    expect(rig.thread(channel, root).every((message) => message.stream?.state !== 'streaming')).toBe(true);
    expect(rig.userMessages()).toHaveLength(1);
    await rig.noProblems();
  });
});
