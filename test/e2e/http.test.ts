import { expect, it, onTestFinished } from 'vitest';
import { startCrashRig } from './crash-rig.ts';
import { leapClock } from './leap-clock.ts';
import { startRig } from './rig.ts';

/** Everything that Slack sends comes as signed requests. */
const transport = 'http';

it('talks, asks and is stopped over HTTP, with every delivery doubled', async () => {
  const rig = await startRig({ transport, agents: { pace: 0.05 } });
  onTestFinished(() => rig.stop());
  rig.slack.faults.apply({ deliveries: { duplicate: true } });

  const { channel, root } = await rig.ask('deploy checkout');
  await rig.press('Ana', 'approve', { channel, root });
  await rig.ended(channel, root);
  expect(rig.events(root).filter(({ type }) => type === 'user.tool_confirmation')).toMatchObject([{ result: 'allow' }]);

  await rig.say('Ben', 'and now, take your time', { channel, thread: root });
  await rig.until('it works', () => rig.said(channel, root).includes('in_progress'));
  await rig.say('Ana', 'stop', { channel, thread: root });
  await rig.until('it is stopped', () => rig.said(channel, root).includes('Stopped'));
  await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');

  expect(rig.userMessages().map(({ text }) => /deploy checkout|take your time/.exec(text)?.[0])).toEqual([
    'deploy checkout',
    'take your time',
  ]);
  expect(rig.agents.records().sessions).toHaveLength(1);
  expect(rig.slack.connections()).toBe(0);
  await rig.noProblems();
});

it('answers a modal that is sent over HTTP: with what is wrong, and by closing it', async () => {
  const rig = await startRig({ transport, agents: { pace: 0.05 } });
  onTestFinished(() => rig.stop());
  const { channel, root } = await rig.ask('deploy checkout');
  const view = await rig.press('Ana', 'deny-reason', { channel, root });
  const [block] = view?.view.blocks.filter(({ type }) => type === 'input') ?? [];
  const element = block?.element as { action_id: string };
  const values = { [block?.block_id ?? '']: { [element.action_id]: 'freeze until Monday' } };
  const sent = { user: rig.user('Ana'), view_id: view?.id ?? '', values };

  // While Slack does not say who Ana is, nothing is decided.
  rig.slack.faults.apply({ calls: [{ method: 'users.info', next: 0, fault: { type: 'http_500' } }] });
  expect(Object.values((await rig.slack.act.submit(sent)).errors ?? {})).toHaveLength(1);
  rig.slack.faults.apply({ clear: true });
  expect(await rig.slack.act.submit(sent)).not.toHaveProperty('errors');
  await rig.ended(channel, root);
  expect(rig.said(channel, root)).toContain('freeze until Monday');
  await rig.noProblems();
});

it('loses nothing when the process is killed before it has acknowledged, and doubles nothing', async () => {
  const clock = leapClock();
  const rig = await startCrashRig({ transport, clock });
  onTestFinished(() => rig.stop());
  const tries = (attempt: number) => rig.slack.deliveries().filter((delivery) => delivery.attempt === attempt).length;
  rig.signal('SIGSTOP');
  const { channel, root } = await rig.ask('hello');
  await rig.until('both events of it are sent', () => tries(0) === 2);
  await rig.kill();
  await rig.until('they are sent again at once', () => tries(1) === 2);
  expect(rig.userMessages()).toEqual([]);

  await rig.startAgain();
  // Slack tries again after a minute.
  clock.leap(60_000);
  await rig.ended(channel, root);
  expect(rig.userMessages()).toHaveLength(1);
  await rig.noProblems();
});
