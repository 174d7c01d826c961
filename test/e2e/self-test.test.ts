import { afterEach, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

const WITHIN = { withinMs: 20_000 };

let rig: Rig;
afterEach(() => rig.stop());

it('asks the agent for one word in a thread of its own, hears Slack, and leaves nothing behind when it is told so', async () => {
  rig = await startRig();
  const channel = rig.channel('#ops');
  const messages = () => rig.slack.state().channels.find(({ id }) => id === channel)?.messages ?? [];
  const result = await rig.selfTest(channel, WITHIN);
  expect(result).toMatchObject({ outcome: 'answered', isHeard: true, said: expect.stringContaining('ready-') });
  const [root, ...replies] = messages();
  expect(root?.text).toContain('Self-test');
  expect(replies.every(({ thread_ts }) => thread_ts === root?.ts)).toBe(true);
  expect(rig.status(channel, root?.ts ?? '')).toBe('active');
  expect(rig.userMessages()).toHaveLength(1);
  await rig.noProblems();
  await result.clear();
  expect(messages()).toEqual([]);
  expect(rig.agents.records().sessions).toMatchObject([{ status: 'terminated' }]);
});

it('says so when Slack tells the bot nothing of the channel', async () => {
  rig = await startRig({ speed: 20 });
  const { scopes, events } = rig.slack.installed();
  rig.slack.install({ scopes, events: events.filter((event) => event !== 'message.channels') });
  const { outcome, isHeard } = await rig.selfTest(rig.channel('#ops'), { withinMs: 400_000 });
  expect({ outcome, isHeard }).toEqual({ outcome: 'answered', isHeard: false });
});

it('gives what the bot says instead when the agent cannot answer', async () => {
  rig = await startRig();
  rig.agents.faults.failNext('sessions.create', { times: 10, status: 404, message: 'Agent not found.' });
  const { outcome, said } = await rig.selfTest(rig.channel('#ops'), WITHIN);
  expect({ outcome, said }).toEqual({
    outcome: 'otherwise',
    said: expect.stringContaining('check the agent and environment ids'),
  });
});

it('does not wait for ever', async () => {
  rig = await startRig();
  rig.agents.faults.apply({ slow: [{ route: 'events.send', times: 10, ms: 2_000 }] });
  const result = await rig.selfTest(rig.channel('#ops'), { withinMs: 500 });
  expect(result.outcome).toBe('late');
  await rig.restart();
  await result.clear();
  expect(rig.agents.records().sessions).toMatchObject([{ status: 'terminated' }]);
});

it('does not begin where the bot is not', async () => {
  rig = await startRig();
  await expect(rig.selfTest(rig.channel('#random'), WITHIN)).rejects.toMatchObject({
    data: { error: 'not_in_channel' },
  });
});
