import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

describe('inputs that come at odd times', () => {
  it('greets an empty mention within the turn that is under way', async () => {
    const { channel, root } = await rig.ask('take your time');
    await rig.until('it works', () => rig.said(channel, root).includes('in_progress'));
    await rig.say('Ben', '@Drawbridge', { channel, thread: root });
    await rig.until('a hello', () => rig.said(channel, root).includes('Hello!'));
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Step 6 of 6');
    expect(rig.said(channel, root)).not.toContain('drawbridge:stop');
    await rig.noProblems();
  });

  it('brings the thread so far with the first message only, however soon the second follows', async () => {
    const channel = rig.channel('#ops');
    const root = await rig.say('Ana', 'the deploy failed again', { channel });
    await rig.say('Ana', '@Drawbridge what do you make of this?', { channel, thread: root });
    await rig.say('Ben', 'and of the one before?', { channel, thread: root });
    await rig.until('both are sent', () => rig.userMessages().length === 2);
    const [first, second] = rig.userMessages();
    expect(first?.text).toContain('untrusted background');
    expect(second?.text).not.toContain('untrusted background');
  });

  it('shows what a session said before it died, and gives the messages that came too late to one new session', async () => {
    rig.slack.faults.apply({
      calls: [{ method: 'chat.postMessage', fault: { type: 'slow', ms: 700, when: 'after' } }],
    });
    const { channel, root } = await rig.ask('crash');
    await rig.until('it has crashed', () => rig.agents.records().sessions[0]?.status === 'terminated');
    await rig.say('Ana', 'one more thing', { channel, thread: root });
    await rig.say('Ben', 'and another', { channel, thread: root });
    await rig.until('both are answered', () => /one more thing[\s\S]*and another/.test(rig.said(channel, root)));
    expect(rig.said(channel, root)).toContain('This session is about to end.');
    expect(rig.said(channel, root)).not.toContain('Something went wrong');
    expect(rig.agents.records().sessions).toHaveLength(2);
  });

  it('sends no message before one that is held, also when a stop comes between them', async () => {
    rig.agents.faults.apply({
      slow: [
        { route: 'sessions.create', ms: 1000 },
        { route: 'events.send', ms: 400, times: 4 },
      ],
    });
    const { channel, root } = await rig.ask('deploy');
    const first = await rig.say('Ana', 'held for now', { channel, thread: root });
    await rig.say('Ana', 'stop', { channel, thread: root });
    const second = await rig.say('Ana', 'behind it', { channel, thread: root });
    await rig.until('all are sent', () => rig.userMessages().length === 3);
    const sent = rig.userMessages().map(({ text }) => [root, first, second].find((ts) => text.includes(` ${ts} `)));
    expect(sent).toEqual([root, first, second]);
  });

  it('keeps what the session did of somebody else’s accord beside the answer to the next message', async () => {
    const { channel, root } = await rig.ask('first question');
    await rig.ended(channel, root);
    await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
    await rig.sendElsewhere(root, { type: 'user.message', content: [{ type: 'text', text: 'from elsewhere' }] });
    await rig.until('it is answered', () => {
      const { status, events = [] } = rig.agents.records().sessions[0] ?? {};
      return status === 'idle' && events.filter(({ type }) => type === 'agent.message').length === 2;
    });
    await rig.say('Ana', 'second question', { channel, thread: root });
    await rig.ended(channel, root, 3);
    expect(rig.said(channel, root)).toMatch(/first question[\s\S]*from elsewhere[\s\S]*second question/);
  });
});

it('goes on by itself when a question is answered elsewhere', async () => {
  await rig.stop();
  rig = await startRig({ speed: 60 });
  const { channel, root } = await rig.ask('deploy');
  await rig.until('it waits', () => rig.status(channel, root) === 'suspended');
  await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
  const question = rig.agents.records().sessions[0]?.events.find(({ type }) => type === 'agent.tool_use');
  await rig.sendElsewhere(root, { type: 'user.tool_confirmation', tool_use_id: question?.id, result: 'allow' });
  await rig.ended(channel, root);
  expect(rig.said(channel, root)).not.toContain('waits for an answer');
  await rig.noProblems();
});

describe('when Slack fails', () => {
  it('tries again by itself when the thread so far cannot be read', async () => {
    await rig.stop();
    rig = await startRig({ speed: 30 });
    rig.slack.faults.apply({ calls: [{ method: 'conversations.replies', next: 0, fault: { type: 'http_500' } }] });
    const channel = rig.channel('#ops');
    const root = await rig.say('Ana', 'the deploy failed again', { channel });
    await rig.say('Ana', '@Drawbridge what do you make of this?', { channel, thread: root });
    await rig.until('it says so', () => rig.said(channel, root).includes('Something went wrong'));
    rig.slack.faults.apply({ clear: true });
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('what do you make of this?');
    expect(rig.said(channel, root)).not.toContain('Something went wrong');
  });
});

it('survives that the thread it answers in is deleted', async () => {
  const { channel, root } = await rig.ask('why did checkout latency jump?');
  await rig.until('it works', () => rig.status(channel, root) === 'processing');
  rig.slack.act.remove({ user: rig.user('Ana'), channel, ts: root });
  await rig.until('it is told why', () => rig.logged().includes('Slack refuses the reply'));
  expect(rig.logged()).not.toContain('conductor failed');
  expect(rig.said(channel, root)).not.toContain('drawbridge:stop');
  const other = await rig.ask('are you there?');
  await rig.ended(other.channel, other.root);
});
