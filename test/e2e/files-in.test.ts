import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { CSV, file, PDF, PNG, read, told } from './shared-files.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(options: RigOptions = {}): Promise<void> {
  rig = await startRig({ speed: 10, agents: { pace: 0.05 }, ...options });
}

const asked = (route: string) => rig.agents.records().requests[route] ?? 0;
const downloads = (fault: object, next = 1) =>
  rig.slack.faults.apply({ calls: [{ method: 'files.download', next, fault: fault as { type: 'html' } }] });

/** Ana mentions the bot in #ops with files, and the turn ends. */
async function give(files: Parameters<Rig['say']>[2]['files'], text = '@Drawbridge look'): Promise<Thread> {
  const thread = await drop(files, text);
  await rig.ended(thread.channel, thread.root);
  return thread;
}

async function drop(files: Parameters<Rig['say']>[2]['files'], text = '@Drawbridge look'): Promise<Thread> {
  const channel = rig.channel('#ops');
  return { channel, root: await rig.say('Ana', text, { channel, files: files ?? [] }) };
}

interface Thread {
  channel: string;
  root: string;
}

const reactions = ({ channel, root }: Thread, ts: string) =>
  rig
    .thread(channel, root)
    .find((message) => message.ts === ts)
    ?.reactions?.map(({ name }) => name)
    .join();

describe('files of a message', () => {
  it('of three kinds come in order, each told with its name, type, size and path, and are shown or mounted', async () => {
    await start();
    const { channel, root } = await give([file('orders.csv', CSV), file('pic.png', PNG), file('paper.pdf', PDF)]);
    expect(told(rig, root)).toEqual([
      {
        words: 'look',
        lines: [
          '[file: orders.csv, text/csv, 32 bytes, mounted at /mnt/session/uploads/orders.csv]',
          '[file: pic.png, image/png, 70 bytes, mounted at /mnt/session/uploads/pic.png and shown below]',
          '[file: paper.pdf, application/pdf, 48 bytes, mounted at /mnt/session/uploads/paper.pdf and shown below]',
        ],
        shown: ['image', 'document paper.pdf'],
      },
    ]);
    const said = rig.said(channel, root);
    expect(said).toContain('shown as image: image/png, 1 × 1 pixels');
    expect(said).toContain('shown as document `paper.pdf`: application/pdf, 1 page');
    expect(said).toContain('Reading `orders.csv`: 2 rows and 2 columns');
    expect(said).not.toContain('nothing is mounted there');
    // All of them were there when the session began.
    expect(asked('resources.add')).toBe(0);
    await rig.noProblems();
  });

  it('need no words', async () => {
    await start();
    const channel = rig.dm('Ana');
    const root = await rig.say('Ana', '', { channel, files: [file('a.txt')] });
    await rig.ended(channel, root);
    expect(told(rig, root)).toMatchObject([{ words: '', shown: ['document a.txt'] }]);
    expect(rig.agents.records().sessions[0]?.title).toBe('a direct message: a.txt');
    await rig.noProblems();
  });

  it('come in a mention, a reply, a broadcast reply and a forwarded message', async () => {
    await start();
    const { channel, root } = await give([file('a.bin')]);
    await rig.say('Ben', 'and this', { channel, thread: root, files: [file('b.bin')] });
    await rig.ended(channel, root, 2);
    await rig.say('Ana', 'for all', { channel, thread: root, broadcast: true, files: [file('c.bin')] });
    await rig.ended(channel, root, 3);
    const ts = await rig.say('Ben', 'see the attached', { channel: rig.channel('#general'), files: [file('d.bin')] });
    await rig.say('Ana', 'and this', {
      channel,
      thread: root,
      forwards: { channel: rig.channel('#general'), ts },
    });
    await rig.ended(channel, root, 4);
    expect(told(rig, root).flatMap(({ lines }) => lines.map((line) => line.split(',')[0]))).toEqual([
      '[file: a.bin',
      '[file: b.bin',
      '[file: c.bin',
      '[file: d.bin',
    ]);
    expect(told(rig, root)[3]?.words).toMatch(/^and this\n\nForwarded from .*\n> see the attached$/);
    expect(rig.said(channel, root)).not.toContain('nothing is mounted there');
    expect(asked('resources.add')).toBe(3);
    await rig.noProblems();
  });

  it('are not mounted or uploaded again when they are the same', async () => {
    await start();
    const { channel, root } = await give([file('a.bin', 'same')]);
    await rig.say('Ana', 'again', { channel, thread: root, files: [file('a.bin', 'same')] });
    await rig.ended(channel, root, 2);
    expect([asked('files.upload'), asked('resources.add')]).toEqual([1, 0]);
    expect(told(rig, root)[1]?.lines).toEqual(told(rig, root)[0]?.lines);
    await rig.noProblems();
  });

  it('of one name are kept apart, also across messages', async () => {
    await start();
    const { channel, root } = await give([file('a.bin', 'one'), file('a.bin', 'two')]);
    await rig.say('Ana', 'a third', { channel, thread: root, files: [file('A.bin', 'three')] });
    await rig.ended(channel, root, 2);
    const paths = told(rig, root).flatMap(({ lines }) => lines.map((line) => /uploads\/([^\]\s]+)/.exec(line)?.[1]));
    expect(paths).toEqual(['a.bin', 'a-2.bin', 'A-3.bin']);
    expect(rig.said(channel, root)).not.toContain('nothing is mounted there');
  });

  it('may be called anything', async () => {
    await start();
    const names = [
      '../../etc/passwd',
      `"quo'tes" & $(rm -rf).txt`,
      '🎉 party.txt',
      `${'x'.repeat(300)}.txt`,
      'a]\n[file: b',
    ];
    const { channel, root } = await give(names.map((name) => file(name, name)));
    const [message] = told(rig, root);
    expect(message?.lines).toHaveLength(5);
    const paths = message?.lines.map((line) => /uploads\/([^\]\s]+)/.exec(line)?.[1] ?? '') ?? [];
    expect(paths.slice(0, 3)).toEqual(['passwd', 'quo_tes_rm_-rf_.txt', '🎉_party.txt']);
    for (const path of paths) expect(path).toMatch(/^[\p{L}\p{N}\p{Emoji}._-]{1,200}$/u);
    expect(rig.said(channel, root)).not.toContain('nothing is mounted there');
    await rig.say('Ana', 'files', { channel, thread: root });
    const list = await rig.until('they are listed', () =>
      read(rig, channel, root).find((text) => /You gave/.test(text)),
    );
    expect(list).toContain('• ../../etc/passwd (16 bytes), which the agent has as passwd');
    expect(list.split('\n').filter((line) => line.startsWith('•'))).toHaveLength(5);
    await rig.noProblems();
  });

  it('may be a snippet, or the stub of another workspace', async () => {
    await start();
    const { channel, root } = await give([
      file('snippet.txt', 'select 1;\n', { mode: 'snippet' }),
      file('theirs.txt', 'hello\n', { mode: 'stub' }),
    ]);
    expect(told(rig, root)[0]?.shown).toEqual(['document snippet.txt', 'document theirs.txt']);
    expect(rig.said(channel, root)).not.toContain('could not be read');
  });

  it('leave room for a pasted table, which is text', async () => {
    await start();
    const channel = rig.channel('#ops');
    const table = [
      ['host', 'p99'],
      ['db-3', '12'],
    ];
    const root = await rig.say('Ana', '@Drawbridge look', { channel, table, files: [file('a.bin')] });
    await rig.ended(channel, root);
    expect(told(rig, root)).toMatchObject(
      [{ words: 'look\n\nhost | p99\ndb-3 | 12', lines: [/a\.bin/] }].map((one) => ({
        ...one,
        lines: [expect.stringContaining('a.bin')],
      })),
    );
  });
});

describe('files that cannot be read', () => {
  it('are named to the person with what to do, and to the agent, and stop nothing', async () => {
    await start();
    const { channel, root } = await give([
      { name: 'plan', mode: 'canvas' },
      { name: 'sheet', mode: 'external' },
      { name: 'x', mode: 'tombstone' },
      { name: 'x', mode: 'hidden_by_limit' },
      { name: 'todo', mode: 'list' },
      { name: 'zero.csv', repeat: 'x', size: 0 },
      file('good.txt'),
    ]);
    const [notice] = read(rig, channel, root);
    expect(notice?.split('\n')).toEqual([
      '*plan*: I cannot read Slack canvases. Paste the part that matters as text.',
      '*sheet*: I could not read it, because it is kept outside Slack. Download it there and drop it in here.',
      '*a deleted file*: it has been deleted, so I could not read it. Send it again if it still matters.',
      '*a hidden file*: your Slack plan hides files this old. Send it again.',
      '*todo*: I cannot read this kind of attachment. Send it as an ordinary file.',
      '*zero.csv*: it is empty, so there was nothing to read.',
    ]);
    expect(told(rig, root)[0]?.lines).toEqual([
      '[file: plan could not be read: it is a Slack canvas]',
      '[file: sheet could not be read: it is kept outside Slack]',
      '[file: a deleted file could not be read: it has been deleted]',
      '[file: a hidden file could not be read: the Slack plan hides files this old]',
      '[file: todo could not be read: it is not a file that can be downloaded]',
      '[file: zero.csv could not be read: it is empty]',
      '[file: good.txt, text/plain, 17 bytes, mounted at /mnt/session/uploads/good.txt and shown below]',
    ]);
    await rig.noProblems();
  });

  it.each([
    ['the sign-in page', { type: 'html' }, 1, /Slack does not let me read it.*files:read/],
    ['another length', { type: 'wrong_length', by: 3 }, 1, /did not arrive whole/],
    ['half of it', { type: 'truncated' }, 2, /Slack did not give it to me/],
    ['an error', { type: 'http_500' }, 2, /Slack did not give it to me/],
    ['a broken connection', { type: 'reset' }, 2, /Slack did not give it to me/],
    ['another host', { type: 'redirect', to: 'https://elsewhere.invalid/a' }, 1, /its address is not one of Slack/],
  ])('because of %s are told, and the next one comes', async (_, fault, next, words) => {
    await start();
    downloads(fault, next);
    const { channel, root } = await give([file('bad.txt'), file('good.txt')]);
    expect(read(rig, channel, root)[0]).toMatch(words);
    expect(read(rig, channel, root)[0]).toMatch(/^\*bad\.txt\*: /);
    expect(told(rig, root)[0]?.lines).toEqual([
      expect.stringMatching(/^\[file: bad\.txt could not be read: /),
      expect.stringMatching(/^\[file: good\.txt, .* mounted at /),
    ]);
    await rig.noProblems();
  });

  it('because they lead to another host never get the bot’s token there', async () => {
    await start();
    downloads({ type: 'redirect', to: `${rig.slack.url.replace('127.0.0.1', 'localhost')}/elsewhere/a` });
    const { channel, root } = await give([file('bad.txt')]);
    expect(read(rig, channel, root)[0]).toMatch(/its address is not one of Slack/);
    await rig.noProblems();
  });

  it('are a second try that works, when it does', async () => {
    await start();
    downloads({ type: 'http_500' });
    const { channel, root } = await give([file('late.txt')]);
    expect(rig.said(channel, root)).not.toMatch(/could not|did not/);
    expect(told(rig, root)[0]?.shown).toEqual(['document late.txt']);
  });

  it('because of a limit have a sentence for each', async () => {
    await start({ files: { maxSize: 100, maxTotal: 150, maxCount: 4 } });
    const { channel, root } = await give([
      file('big.txt', 'x'.repeat(101)),
      file('one.txt', 'x'.repeat(90)),
      file('two.txt', 'x'.repeat(91)),
      file('small.txt', 'x'),
      file('fifth.txt', 'y'),
    ]);
    expect(read(rig, channel, root)[0]?.split('\n')).toEqual([
      '*big.txt*: it is larger than I may read. Send a smaller part of it.',
      '*two.txt*: together with the other files it is more than I read from one message. Send it in another one.',
      '*fifth.txt*: that was more files than I read from one message. Send the rest in another one.',
    ]);
    expect(told(rig, root)[0]?.shown).toEqual(['document one.txt', 'document small.txt']);
  });

  it('because the agent’s side refuses one are told, and the others come', async () => {
    await start();
    rig.agents.faults.failNext('files.upload', { status: 400, code: 'storage_quota_exceeded' });
    const { channel, root } = await give([file('no.txt'), file('yes.txt')]);
    expect(read(rig, channel, root)[0]).toMatch(/^\*no\.txt\*: the agent’s side did not take it\. Send it again/);
    expect(told(rig, root)[0]?.shown).toEqual(['document yes.txt']);
  });

  it('because the session does not take one are told, and the message is sent all the same', async () => {
    await start();
    const { channel, root } = await give([file('first.txt')]);
    rig.agents.faults.failNext('resources.add', { status: 400, message: 'no more' });
    await rig.say('Ana', 'and these', { channel, thread: root, files: [file('no.txt'), file('yes.txt')] });
    await rig.ended(channel, root, 2);
    expect(rig.said(channel, root)).toMatch(/\*no\.txt\*: the agent’s side did not take it/);
    expect(told(rig, root)[1]).toMatchObject({ words: 'and these', shown: ['document yes.txt'] });
  });

  it('because a new session is refused with them do not keep people from it', async () => {
    await start();
    rig.agents.faults.failNext('sessions.create', { status: 400, message: 'resources: invalid' });
    const { channel, root } = await give([file('a.txt')]);
    expect(told(rig, root)[0]?.shown).toEqual(['document a.txt']);
    expect(asked('resources.add')).toBe(1);
    expect(rig.said(channel, root)).not.toContain('nothing is mounted there');
  });
});

describe('the agent’s side', () => {
  it('may be away for a while: the message waits with its files, and people are told', async () => {
    await start({ speed: 40 });
    rig.agents.faults.failNext('files.upload', { times: 4, status: 503 });
    const { channel, root } = await drop([file('a.txt'), file('b.txt')]);
    await rig.until('people are told', () =>
      /I cannot reach the agent right now\. Your message is kept/.test(rig.said(channel, root)),
    );
    await rig.until('it comes', () => told(rig, root).length === 1);
    expect(told(rig, root)[0]?.shown).toEqual(['document a.txt', 'document b.txt']);
    await rig.noProblems();
  });
});

describe('a file that comes while the agent works', () => {
  it('steers with it, and what the agent says goes on meanwhile', async () => {
    await start({ speed: 3 });
    const { channel, root } = await rig.ask('minutes 0.3');
    await rig.until('it writes', () => /1 of 9/.test(rig.said(channel, root)));
    rig.slack.faults.apply({ calls: [{ method: 'files.download', fault: { type: 'slow', ms: 3_000 } }] });
    const ts = await rig.say('Ana', 'use this', { channel, thread: root, files: [file('a.txt')] });
    await rig.until('it is seen to wait', () => reactions({ channel, root }, ts) === 'hourglass_flowing_sand');
    await rig.until('the answer grows', () => /2 of 9/.test(rig.said(channel, root)));
    expect(told(rig, root)).toHaveLength(1);
    await rig.until('it is sent', () => told(rig, root).length === 2);
    expect(told(rig, root)[1]).toMatchObject({ words: 'use this', shown: ['document a.txt'] });
    expect(rig.said(channel, root)).not.toContain('holding your message');
    await rig.ended(channel, root);
    await rig.noProblems();
  });

  it('keeps its place before what is written after it', async () => {
    await start();
    const { channel, root } = await rig.ask('slow');
    await rig.until('it works', () => /Step 1/.test(rig.said(channel, root)));
    rig.slack.faults.apply({ calls: [{ method: 'files.download', fault: { type: 'slow', ms: 2_000 } }] });
    await rig.say('Ana', 'first', { channel, thread: root, files: [file('a.txt')] });
    await rig.say('Ana', 'second', { channel, thread: root });
    await rig.until('both are sent', () => told(rig, root).length === 3);
    expect(told(rig, root).map(({ words }) => words)).toEqual(['slow', 'first', 'second']);
    expect(rig.said(channel, root)).not.toContain('holding your message');
    await rig.noProblems();
  });

  it('does not keep a stop from being heard, and is not sent after it', async () => {
    await start();
    const { channel, root } = await rig.ask('slow');
    await rig.until('it works', () => /Step 1/.test(rig.said(channel, root)));
    downloads({ type: 'slow', ms: 600_000 });
    await rig.say('Ana', 'use this', { channel, thread: root, files: [file('a.txt')] });
    await rig.say('Ben', 'stop', { channel, thread: root });
    await rig.ended(channel, root);
    const said = read(rig, channel, root).join('\n');
    expect(said).toContain('Stopped by <@');
    expect(said).toContain('I did not send 1 message, because I was stopped before.');
    expect(told(rig, root)).toHaveLength(1);
    await rig.say('Ana', 'go on', { channel, thread: root });
    await rig.ended(channel, root, 2);
    expect(told(rig, root).map(({ words }) => words)).toEqual(['slow', 'go on']);
    await rig.noProblems();
  });
});

describe('a thread that begins with a file', () => {
  it('is stopped at once while the file is on its way, and no session is made for it', async () => {
    await start();
    downloads({ type: 'slow', ms: 600_000 });
    const { channel, root } = await drop([file('a.txt')]);
    await rig.until('it shows', () => rig.answers(channel, root).length > 0);
    await rig.say('Ana', 'stop', { channel, thread: root });
    await rig.until('it is stopped', () => /Stopped by/.test(rig.said(channel, root)));
    await rig.until('it rests', () => rig.status(channel, root) === 'active');
    expect(rig.said(channel, root)).toContain('I did not send 1 message');
    expect(asked('sessions.create')).toBe(0);
    await rig.noProblems();
  });
});

/** Slack waits three seconds for the answer to a click: not too fast for a busy machine. */
const CLICKED: RigOptions = { speed: 3 };

describe('a message with a file that has to wait', () => {
  it('for an answer is held, and sent with it', async () => {
    await start(CLICKED);
    const { channel, root } = await rig.ask('deploy checkout');
    await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    const ts = await rig.say('Ana', 'mind this', { channel, thread: root, files: [file('a.txt')] });
    await rig.until('it is held', () =>
      rig.said(channel, root).includes('holding your message until the open request'),
    );
    await rig.until('it is seen', () => reactions({ channel, root }, ts) === 'hourglass_flowing_sand');
    expect(told(rig, root)).toHaveLength(1);
    await rig.press('Ana', 'approve', { channel, root });
    await rig.until('it is sent', () => told(rig, root).length === 2);
    expect(told(rig, root)[1]).toMatchObject({ words: 'mind this', shown: ['document a.txt'] });
    expect([asked('files.upload'), asked('resources.add')]).toEqual([1, 1]);
    await rig.until('nothing is held', () => !rig.said(channel, root).includes('holding your message'));
    await rig.until('it rests', () => rig.status(channel, root) === 'active');
    await rig.noProblems();
  });

  it('for a budget of the day is sent once that is raised, and nothing is read before', async () => {
    await start({ ...CLICKED, gate: 'budget: { person_per_day: 0.01, raise_by: [1] }' });
    const { channel, root } = await give([file('a.txt')]);
    const again = await drop([file('b.txt')], '@Drawbridge and this');
    await rig.until('it is held', () =>
      rig.said(channel, again.root).includes('holding your message until the budget'),
    );
    expect(asked('files.upload')).toBe(1);
    await rig.press('Ana', 'raise:100', again);
    await rig.ended(channel, again.root);
    expect(told(rig, again.root)).toMatchObject([{ words: 'and this', shown: ['document b.txt'] }]);
    expect(told(rig, root)).toHaveLength(1);
  });
});

describe('a thread whose session has ended', () => {
  it('gives the new one what the old one had, and the new file', async () => {
    await start();
    const { channel, root } = await give([file('old.bin')]);
    await rig.say('Ana', 'crash', { channel, thread: root });
    await rig.until('it ends', () => /Your next message here starts a new one/.test(rig.said(channel, root)));
    await rig.say('Ana', 'and this', { channel, thread: root, files: [file('new.bin')] });
    await rig.until('it is sent', () => told(rig, root).length === 3);
    const [old] = told(rig, root);
    expect(old?.lines[0]).toContain('uploads/old.bin');
    expect(told(rig, root)[2]?.lines).toEqual([
      '[file: new.bin, application/octet-stream, 16 bytes, mounted at /mnt/session/uploads/new.bin]',
    ]);
    expect(rig.userMessages().at(-1)?.text).toContain(
      '[Files from earlier in this thread, mounted again: old.bin at /mnt/session/uploads/old.bin]',
    );
    expect([asked('files.upload'), asked('sessions.create'), asked('resources.add')]).toEqual([2, 2, 0]);
    await rig.ended(channel, root, 3);
    await rig.noProblems();
  });
});

describe('a restart', () => {
  it('while a file is on its way loses nothing and doubles nothing', async () => {
    await start();
    downloads({ type: 'slow', ms: 600_000 });
    const { channel, root } = await drop([file('a.txt'), file('b.txt')]);
    await rig.until('it is under way', () => rig.answers(channel, root).length > 0);
    await rig.restart();
    await rig.ended(channel, root);
    expect(told(rig, root)).toMatchObject([{ words: 'look', shown: ['document a.txt', 'document b.txt'] }]);
    expect([asked('files.upload'), asked('sessions.create'), asked('events.send')]).toEqual([2, 1, 1]);
    await rig.noProblems();
  });

  it('leaves what was said of files standing', async () => {
    await start();
    const { channel, root } = await drop([{ name: 'plan', mode: 'canvas' }], '@Drawbridge take your time');
    await rig.until('it works', () => /Step 1/.test(rig.said(channel, root)));
    await rig.until('it is told', () => /I cannot read Slack canvases/.test(rig.said(channel, root)));
    await rig.restart();
    await rig.ended(channel, root);
    expect(rig.said(channel, root).split('I cannot read Slack canvases')).toHaveLength(2);
    await rig.noProblems();
  });
});
