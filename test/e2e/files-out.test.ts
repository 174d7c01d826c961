import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { CSV, file, given, read, told } from './shared-files.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(options: RigOptions = {}): Promise<void> {
  rig = await startRig({ speed: 10, agents: { pace: 0.05 }, ...options });
}

interface Thread {
  channel: string;
  root: string;
}

const TEN = Array.from({ length: 10 }, (_, index) => `part-${String(index + 1).padStart(2, '0')}.txt`);

const slackCalls = (method: string) => rig.slack.calls().filter((call) => call.method === method).length;
const asked = (route: string) => rig.agents.records().requests[route] ?? 0;
const posts = ({ channel, root }: Thread) => given(rig, channel, root);
const words = ({ channel, root }: Thread) => read(rig, channel, root).join('\n');
const reply = (text: string, { channel, root }: Thread) => rig.say('Ana', text, { channel, thread: root });

/** Resolves when nothing is owed to anybody any more: another restart would not begin anything. */
async function rests(thread: Thread): Promise<void> {
  await rig.until('it rests', () => rig.status(thread.channel, thread.root) === 'active');
  await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
}

/** How many files Slack has and nobody sees yet, by what the bot has on disk. */
function sent(): number {
  const database = new Database(join(rig.dataFolder, 'drawbridge.db'), { readonly: true });
  const rows = database.prepare("SELECT value FROM entries WHERE key LIKE 'files:%'").all() as { value: string }[];
  database.close();
  return rows.map(({ value }) => value.split('"state":"sent"').length - 1).reduce((sum, count) => sum + count, 0);
}

const button = ({ channel, root }: Thread) =>
  rig
    .thread(channel, root)
    .find(({ blocks }) => JSON.stringify(blocks ?? []).includes('"action_id":"drawbridge:post-files"'))?.ts;

async function pressAgain(thread: Thread): Promise<void> {
  const message_ts = await rig.until('there is a button', () => button(thread));
  const user = rig.user('Ben');
  await rig.slack.act.click({ user, channel: thread.channel, message_ts, action_id: 'drawbridge:post-files' });
}

describe('what the agent wrote', () => {
  it('comes in one message, and in the next turn only what has changed, with its version and its change', async () => {
    await start();
    const thread = await rig.ask('ten files');
    await rig.until('they come', () => posts(thread).length === 1);
    expect(posts(thread)[0]?.names).toEqual(TEN);
    expect(posts(thread)[0]?.words.split('\n')).toEqual(TEN.map((name) => `*${name}*: 1 line`));
    await reply('again', thread);
    await rig.until('the change comes', () => posts(thread).length === 2);
    expect(posts(thread)[1]).toEqual({ names: ['part-04.txt'], words: '*part-04.txt v2*: changed, still 1 line' });
    await rests(thread);
    await rig.restart();
    await rests(thread);
    expect(posts(thread)).toHaveLength(2);
    expect([slackCalls('files.completeUploadExternal'), slackCalls('files.getUploadURLExternal')]).toEqual([2, 11]);
    await rig.noProblems();
  });

  it.each(['channel', 'dm'])('stands in the thread it was asked for in, pictures inline, in a %s', async (where) => {
    await start();
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const text = where === 'dm' ? 'what is this?' : '@Drawbridge what is this?';
    const root = await rig.say('Ana', text, { channel, files: [file('orders.csv', CSV)] });
    await rig.until('they come', () => posts({ channel, root }).length === 1);
    const message = rig.thread(channel, root).find(({ user, files }) => user === rig.slack.botUserId && files?.length);
    expect(message?.thread_ts).toBe(root);
    expect(message?.files).toMatchObject([
      { name: 'summary.csv', mimetype: 'text/csv' },
      { name: 'chart.png', mimetype: 'image/png' },
    ]);
    expect(message?.text).toBe('*summary.csv*: 2 rows, 3 columns\n*chart.png*');
    await rig.noProblems();
  });

  it('is waited for when it is listed late', async () => {
    await start();
    rig.agents.faults.apply({ outputsLagMs: 7_000 });
    const thread = await rig.ask('ten files');
    await rig.until('they come', () => posts(thread).length === 1);
    expect(posts(thread)[0]?.names).toEqual(TEN);
  });

  it('is brought to Slack while the turn runs, and shown when it has ended, the newest of each in one message', async () => {
    await start({ speed: 3, agents: { pace: 0.5 } });
    const thread = await rig.ask('long report');
    await rig.until('both are at Slack', () => slackCalls('files.getUploadURLExternal') === 2);
    expect(words(thread)).not.toContain('all four regions');
    await rig.ended(thread.channel, thread.root);
    await rig.until('they come', () => posts(thread).length === 1);
    expect(posts(thread)[0]).toEqual({
      names: ['notes.txt', 'report.csv'],
      words: '*notes.txt*: 1 line\n*report.csv*: 4 rows, 2 columns',
    });
    await rests(thread);
    expect([slackCalls('files.getUploadURLExternal'), slackCalls('files.completeUploadExternal')]).toEqual([3, 1]);
    await rig.noProblems();
  });

  it('and is at Slack when the process is replaced is shown once, and not sent again', async () => {
    await start({ speed: 3, agents: { pace: 0.5 } });
    const thread = await rig.ask('long report');
    await rig.until('both are at Slack', () => sent() === 2);
    await rig.until('the work has gone on', () => /make west · \d/.test(words(thread)));
    await rig.restart();
    await rig.until('they come', () => posts(thread).length === 1);
    await rests(thread);
    // In the order in which they came to Slack.
    expect(posts(thread).flatMap(({ words: said }) => said.split('\n').toSorted())).toEqual([
      '*notes.txt*: 1 line',
      '*report.csv*: 4 rows, 2 columns',
    ]);
    expect(slackCalls('files.getUploadURLExternal')).toBe(3);
    await rig.noProblems();
  });

  it('may be large', async () => {
    await start();
    const thread = await rig.ask('big output');
    await rig.until('it comes', () => posts(thread).length === 1);
    const message = rig.thread(thread.channel, thread.root).find(({ files }) => files?.length);
    expect(message?.files).toMatchObject([{ name: 'big.log', size: 25_000_000 }]);
  });

  it('may be nothing, and nothing is said of it', async () => {
    await start();
    const thread = await rig.ask('no output');
    await rig.ended(thread.channel, thread.root);
    await rests(thread);
    expect(rig.answers(thread.channel, thread.root)).toHaveLength(1);
    expect(asked('files.list')).toBe(0);
  });

  it('is told once when it is empty, with no button', async () => {
    await start();
    const thread = await rig.ask('empty output');
    await rig.until('it is told', () => /I could not post \*empty\.txt\*: it is empty/.test(words(thread)));
    await reply('ten files', thread);
    await rig.until('the others come', () => posts(thread).length === 1);
    await rests(thread);
    expect(words(thread).split('I could not post')).toHaveLength(2);
    expect(rig.said(thread.channel, thread.root)).not.toContain('drawbridge:post-files');
    await rig.noProblems();
  });

  it('is told when it is too large, with no button', async () => {
    await start({ files: { maxSize: 1_000_000 } });
    const thread = await rig.ask('2 MB output');
    await rig.until('it is told', () =>
      /\*big\.log\*: it is larger than Slack, or my settings, allow/.test(words(thread)),
    );
    expect(rig.said(thread.channel, thread.root)).not.toContain('drawbridge:post-files');
    expect(asked('files.content')).toBe(0);
  });

  it('comes although it was stopped', async () => {
    await start({ agents: { pace: 5 } });
    const thread = await rig.ask('ten files');
    await rig.until('it has written', () => /make parts · \d/.test(words(thread)));
    await reply('stop', thread);
    await rig.until('they come', () => posts(thread).length === 1);
    expect(posts(thread)[0]?.names).toEqual(TEN);
    expect(words(thread)).toContain('Stopped by');
    await rig.noProblems();
  });

  it('comes while the next turn runs, and what that one writes comes after it', async () => {
    await start({ agents: { pace: 0.3 } });
    rig.agents.faults.apply({ outputsLagMs: 4_000 });
    const thread = await rig.ask('ten files');
    await rig.ended(thread.channel, thread.root);
    await reply('again', thread);
    await rig.ended(thread.channel, thread.root, 2);
    await rig.until('all have come', () => posts(thread).flatMap(({ names }) => names).length >= 10);
    await rests(thread);
    const all = posts(thread).flatMap(({ words: said }) => said.split('\n'));
    // In time for the first listing or not: each version that people get is whole, and the last one is the newest.
    expect(new Set(all).size).toBe(all.length);
    const preview = await fetch(`${rig.slack.url}${newest(thread, 'part-04.txt')}`);
    expect(await preview.text()).toBe('part-04.txt, round 2\n');
    await rig.noProblems();
  });

  it('is shown once, however long Slack takes', async () => {
    await start();
    rig.slack.faults.apply({ share_after_ms: 5_000 });
    const thread = await rig.ask('ten files');
    await rig.until('it is on its way', () => slackCalls('files.completeUploadExternal') === 1);
    await rig.restart();
    await rig.until('they come', () => posts(thread).length === 1);
    await rests(thread);
    expect(slackCalls('files.completeUploadExternal')).toBe(1);
  });

  it('is gone with its session, which people are told of', async () => {
    await start();
    rig.agents.faults.apply({ outputsLagMs: 60_000 });
    const thread = await rig.ask('ten files');
    await rig.ended(thread.channel, thread.root);
    await deleteSession(thread);
    await rests(thread);
    await reply('hello', thread);
    await rig.ended(thread.channel, thread.root, 2);
    expect(posts(thread)).toEqual([]);
    expect(words(thread)).toContain('so I started a new one');
    await rig.noProblems();
  });
});

function newest({ channel, root }: Thread, name: string): string {
  const files = rig.thread(channel, root).flatMap(({ files }) => files ?? []);
  return files.findLast((one) => one.name === name)?.preview_url ?? '';
}

async function deleteSession({ root }: Thread): Promise<void> {
  const id = rig.agents.records().sessions.find(({ metadata }) => metadata.slack_thread_ts === root)?.id;
  const headers = {
    'x-api-key': rig.agents.apiKey,
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'managed-agents-2026-04-01',
  };
  const answer = await fetch(`${rig.agents.url}/v1/sessions/${id}`, { method: 'DELETE', headers });
  expect(answer.status).toBe(200);
}

/** Slack waits three seconds for the answer to a click: not too fast for a busy machine. */
const CLICKED: RigOptions = { speed: 3 };

describe('what Slack does not take', () => {
  it.each([
    ['files.getUploadURLExternal', { type: 'error', error: 'missing_scope' }, 10, /the scope `files:write`/],
    [
      'files.getUploadURLExternal',
      { type: 'error', error: 'storage_limit_reached' },
      10,
      /no room for files left\. Ask an admin/,
    ],
    ['files.upload', { type: 'http_500' }, 20, /Slack did not take it\. Try again in a moment/],
    ['files.completeUploadExternal', { type: 'error', error: 'not_in_channel' }, 1, /Invite me to the channel/],
    ['files.completeUploadExternal', { type: 'http_500', when: 'before' }, 1, /Slack did not take it\. Try again/],
  ])('at %s (%o) is told with what to do, and the button brings it', async (method, fault, next, sentence) => {
    await start(CLICKED);
    rig.slack.faults.apply({ calls: [{ method, next, fault: fault as { type: 'html' } }] });
    const thread = await rig.ask('ten files');
    await rig.until('it is told', () => sentence.test(words(thread)));
    expect(words(thread)).toMatch(/^I could not post \*part-01\.txt\*, .* and 5 more: /m);
    expect(posts(thread)).toEqual([]);
    await rests(thread);
    await pressAgain(thread);
    await rig.until('they come', () => posts(thread).length === 1);
    expect(posts(thread)[0]?.names).toEqual(TEN);
    expect(posts(thread)[0]?.words.split('\n')[0]).toBe('*part-01.txt*: 1 line');
    await rig.until(
      'the button is gone',
      () => !rig.said(thread.channel, thread.root).includes('drawbridge:post-files'),
    );
    await rests(thread);
    expect(posts(thread)).toHaveLength(1);
    await rig.noProblems();
  });

  it('and the agent’s side does not give, likewise', async () => {
    await start(CLICKED);
    rig.agents.faults.failNext('files.content', { times: 1, status: 400 });
    const thread = await rig.ask('ten files');
    await rig.until('the others come', () => posts(thread).length === 1);
    expect(posts(thread)[0]?.names).toEqual(TEN.slice(1));
    await rig.until('it is told', () => /I could not post \*part-01\.txt\*: the agent’s side/.test(words(thread)));
    await pressAgain(thread);
    await rig.until('it comes', () => posts(thread).length === 2);
    expect(posts(thread)[1]?.names).toEqual(['part-01.txt']);
  });

  it('but has done without saying so stands once, and nobody is told otherwise', async () => {
    await start(CLICKED);
    const fault = { type: 'http_500' as const, when: 'after' as const };
    rig.slack.faults.apply({ calls: [{ method: 'files.completeUploadExternal', next: 1, fault }] });
    const thread = await rig.ask('ten files');
    await rig.until('they come', () => posts(thread).length === 1);
    await rests(thread);
    expect(posts(thread)).toHaveLength(1);
    expect(words(thread)).not.toContain('I could not post');
    expect(slackCalls('files.completeUploadExternal')).toBe(1);
  });

  it('is told to be gone once its session is', async () => {
    await start(CLICKED);
    const fault = { type: 'error' as const, error: 'missing_scope' };
    rig.slack.faults.apply({ calls: [{ method: 'files.getUploadURLExternal', next: 10, fault }] });
    const thread = await rig.ask('ten files');
    await rig.until('it is told', () => /I could not post/.test(words(thread)));
    await rests(thread);
    await deleteSession(thread);
    await pressAgain(thread);
    await rig.until('it is told', () => /5 more: it is gone with the session that made it/.test(words(thread)));
    expect(rig.said(thread.channel, thread.root)).not.toContain('drawbridge:post-files');
    await rig.noProblems();
  });

  it('is told again when the button does not help either', async () => {
    await start(CLICKED);
    const fault = { type: 'error' as const, error: 'not_in_channel' };
    rig.slack.faults.apply({ calls: [{ method: 'files.completeUploadExternal', next: 2, fault }] });
    const thread = await rig.ask('ten files');
    await rig.until('it is told', () => /I could not post/.test(words(thread)));
    await rests(thread);
    const before = button(thread);
    await pressAgain(thread);
    await rig.until('it is told below', () => ![undefined, before].includes(button(thread)));
    await rests(thread);
    expect(words(thread).split('I could not post')).toHaveLength(2);
    expect(read(rig, thread.channel, thread.root).at(-1)).toContain('I could not post');
    await pressAgain(thread);
    await rig.until('they come', () => posts(thread).length === 1);
    await rig.noProblems();
  });
});

describe('`files` as a reply', () => {
  const list = (thread: Thread, nth = 0) =>
    rig.until('there is a list', () => {
      const lists = read(rig, thread.channel, thread.root).filter((text) =>
        /Drop another one|There are no files/.test(text),
      );
      return lists[nth];
    });

  it('lists both sides, also while a turn runs, and the agent does not hear of it', async () => {
    await start();
    const channel = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge what is this?', { channel, files: [file('orders.csv', CSV)] });
    const thread = { channel, root };
    await rig.until('they come', () => posts(thread).length === 1);
    await reply('slow', thread);
    await rig.until('it works', () => /Step 1/.test(words(thread)));
    await reply('files', thread);
    expect((await list(thread)).split('\n').map((line) => line.replace(/\(.*\)/, '(n bytes)'))).toEqual([
      '*You gave the agent*',
      '• orders.csv (n bytes)',
      '*The agent gave you*',
      '• summary.csv (n bytes)',
      '• chart.png (n bytes)',
      'Drop another one into a reply to give it to the agent.',
    ]);
    await rig.ended(channel, root, 2);
    await reply('Files?', thread);
    await list(thread, 1);
    expect(told(rig, root).map(({ words: said }) => said)).toEqual(['what is this?', 'slow']);
    await rig.noProblems();
  });

  it('says what to do where there are none', async () => {
    await start();
    const thread = await rig.ask('hello');
    await rig.ended(thread.channel, thread.root);
    await reply('files', thread);
    expect(await list(thread)).toMatch(/^There are no files in this thread yet\. Drop one into a reply/);
  });
});
