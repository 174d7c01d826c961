import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ webhooks: true, agents: { pace: 0.05 } });
});
afterEach(() => rig.stop());

interface Thread {
  channel: string;
  root: string;
}

const sessionOf = ({ root }: Thread) =>
  rig.agents.records().sessions.find(({ metadata }) => metadata.slack_thread_ts === root);

/** A thread that waits for people, put down. */
async function askedToDeploy(): Promise<Thread> {
  const thread = await rig.ask('deploy checkout');
  await rig.until('it asks', () => rig.card(thread.channel, thread.root, 'approve'));
  await isParked();
  return thread;
}

const isParked = () => rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);

const answered = (thread: Thread) => {
  const call = sessionOf(thread)?.events.findLast(({ type }) => type === 'agent.tool_use');
  return { type: 'user.tool_confirmation', tool_use_id: call?.id, result: 'allow' };
};

it('shows at once that a question was answered in the Console', async () => {
  const thread = await askedToDeploy();
  const { channel, root } = thread;
  const from = performance.now();
  await rig.sendElsewhere(thread.root, answered(thread));
  await rig.until('its card says so', () => rig.said(channel, root).includes('No longer needed'));
  // A busy machine may take longer; without the webhook it would be two minutes.
  expect(performance.now() - from).toBeLessThan(3_000);
  await rig.ended(channel, root);
  expect(rig.said(channel, root)).toContain('runs in production');
  await rig.noProblems();
});

it('shows it once, whatever is told twice and in any order', async () => {
  rig.agents.faults.apply({ doubleWebhooks: true, reorderWebhooksMs: 300 });
  const thread = await askedToDeploy();
  const { channel, root } = thread;
  await rig.sendElsewhere(thread.root, answered(thread));
  await rig.ended(channel, root);
  await rig.until('all of them are answered', () =>
    rig.agents.webhooks.deliveries().every(({ answers }) => answers.length === 2),
  );
  await isParked();
  expect(rig.said(channel, root).split('runs in production')).toHaveLength(2);
  expect(new Set(rig.agents.webhooks.deliveries().flatMap(({ answers }) => answers))).toEqual(new Set([204]));
  await rig.noProblems();
});

it('shows what a session does whose turn had ended, told of once', async () => {
  const thread = await rig.ask('hello');
  await rig.ended(thread.channel, thread.root);
  await isParked();
  await rig.sendElsewhere(thread.root, {
    type: 'user.message',
    content: [{ type: 'text', text: 'written in the Console' }],
  });
  await rig.ended(thread.channel, thread.root, 2);
  await isParked();
  expect(rig.logged().split('session has moved without us')).toHaveLength(2);
  await rig.noProblems();
});
