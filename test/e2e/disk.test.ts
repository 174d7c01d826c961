import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CrashRig, type CrashRigOptions, startCrashRig } from './crash-rig.ts';
import { type LeapClock, leapClock } from './leap-clock.ts';

/** The platforms' clock; the bot is a process of its own, with the real one. */
let clock: LeapClock;

async function start(options: CrashRigOptions = {}): Promise<CrashRig> {
  clock = leapClock();
  const rig = await startCrashRig({ clock, ...options });
  onTestFinished(() => rig.stop());
  return rig;
}

/** No file of the process may grow beyond this: what a full disk is to whoever writes. */
function limitFiles(rig: CrashRig, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(rig.pid()), `--fsize=${bytes}:unlimited`]);
}

/** The process must be the same one all along. */
function stays(rig: CrashRig): () => void {
  const pid = rig.pid();
  return () => expect(rig.pid()).toBe(pid);
}

/** Slack brings again what was not acknowledged: at once, and then a minute after it has given that up. */
async function slackRepeats(rig: CrashRig): Promise<void> {
  let known = 0;
  let quietUntil = 0;
  await rig.until('Slack repeats it until it is acknowledged', () => {
    if (acked(rig).some(({ attempt }) => attempt > 0)) return true;
    const { length } = rig.slack.deliveries();
    // One that is on its way has the real time that the process takes.
    if (length > known) quietUntil = Date.now() + 1_000;
    known = length;
    if (Date.now() > quietUntil) clock.leap(2_000);
    return false;
  });
}

const acked = (rig: CrashRig) => rig.slack.deliveries().filter(({ ackedAt }) => ackedAt !== undefined);

describe.skipIf(process.platform !== 'linux')('a disk without room', () => {
  it('takes nothing that it cannot keep, says so once, and goes on when there is room again', async () => {
    const rig = await start();
    const same = stays(rig);
    limitFiles(rig, 1);
    const { channel, root } = await rig.ask('are you there?');
    await rig.until('it says what is wrong and what to do', () =>
      /drawbridge\.db cannot be read or written: see to its disk/.test(rig.logged()),
    );
    await rig.until('Slack repeats it', () => rig.slack.deliveries().some(({ attempt }) => attempt === 1));
    expect(acked(rig)).toEqual([]);
    expect(rig.answers(channel, root)).toEqual([]);
    limitFiles(rig, 'unlimited');
    await slackRepeats(rig);
    await rig.ended(channel, root);
    expect(rig.userMessages()).toHaveLength(1);
    expect(rig.logged().match(/"msg":"[^"]*drawbridge\.db cannot be read or written/g)).toHaveLength(1);
    expect(rig.logged()).toContain('the store can be written again');
    same();
  });

  it('loses nothing of a turn under way, says nothing false of it, and ends it when there is room again', async () => {
    const rig = await start({ agents: { pace: 0.3 } });
    const same = stays(rig);
    const { channel, root } = await rig.ask('why did checkout latency jump?');
    await rig.until('it works', () => rig.events(root).some(({ type }) => type === 'agent.tool_use'));
    limitFiles(rig, 1);
    await rig.until('the agent has ended its turn', () =>
      rig.events(root).some(({ type }) => type === 'session.status_idle'),
    );
    await rig.until('its run is put off', () => rig.logged().includes('run put off'));
    expect(rig.said(channel, root)).not.toMatch(/went wrong|list price/);
    limitFiles(rig, 'unlimited');
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).not.toMatch(/went wrong/);
    expect(rig.userMessages()).toHaveLength(1);
    const finals = rig.events(root).filter(({ type }) => type === 'agent.message');
    for (const { content } of finals) {
      const [{ text }] = content as [{ text: string }];
      expect(rig.thread(channel, root).filter((message) => message.text === text.trim()).length).toBeLessThanOrEqual(1);
    }
    same();
  });

  it('decides nothing by a click that it cannot keep', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    await rig.until('it is put down', () => rig.agents.records().openStreams === 0);
    limitFiles(rig, 1);
    await rig.press('Ana', 'approve', thread);
    await rig.until('she is told', () =>
      rig.whispers('Ana', thread.channel).join().includes('I could not record that'),
    );
    expect(rig.given(thread)).toEqual([]);
    expect(rig.said(thread.channel, thread.root)).not.toContain('*Approved*');
    limitFiles(rig, 'unlimited');
    await rig.press('Ben', 'deny', thread);
    await rig.settledOnce(thread);
    expect(rig.given(thread)).toMatchObject([{ result: 'deny' }]);
    expect(rig.audited('decision')).toMatchObject([{ by: rig.user('Ben') }]);
  });
});

it('waits for whoever holds the database, and goes on when they let go of it', async () => {
  const rig = await start();
  const same = stays(rig);
  const other = new Database(join(rig.dataFolder, 'drawbridge.db'), { timeout: 5_000 });
  other.exec('BEGIN IMMEDIATE');
  const short = await rig.ask('first');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(acked(rig)).toEqual([]);
  other.exec('ROLLBACK');
  await rig.ended(short.channel, short.root);
  other.exec('BEGIN IMMEDIATE');
  const long = await rig.ask('second');
  await rig.until('it is refused', () => rig.logged().includes('not acknowledged'));
  expect(rig.answers(long.channel, long.root)).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  await slackRepeats(rig);
  await rig.ended(long.channel, long.root);
  expect(rig.userMessages()).toHaveLength(2);
  same();
});

it('ends with a clear line when its database turns out to be damaged, and is not started on it again', async () => {
  const rig = await start();
  const first = await rig.ask('first');
  await rig.ended(first.channel, first.root);
  await rig.until('its turn is written down', () => rig.logged().includes('turn ended'));
  await rig.until('it is put down', () => rig.agents.records().openStreams === 0);
  const other = new Database(join(rig.dataFolder, 'drawbridge.db'), { timeout: 5_000 });
  other.exec("UPDATE entries SET value = substr(value, 1, 20) WHERE key LIKE 'threads:%'");
  other.close();
  const said = rig.said(first.channel, first.root);
  await rig.say('Ana', 'second', { channel: first.channel, thread: first.root });
  await rig.until('it has ended', () =>
    /"level":"fatal".*drawbridge\.db is damaged or no database: restore it/.test(rig.logged()),
  );
  expect(rig.said(first.channel, first.root)).toBe(said);
  await expect(rig.restart()).rejects.toThrow(/drawbridge\.db is damaged or no database: restore it from a backup/);
});
