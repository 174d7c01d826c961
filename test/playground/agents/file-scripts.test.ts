import { type default as Anthropic, toFile } from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import { drawChart } from '../../../src/playground/agents/scripts/chart.ts';
import { describeBytes } from '../../../src/playground/agents/scripts/describe-bytes.ts';
import { message, startRig, textOf } from './rig.ts';

const BETAS: Anthropic.Beta.AnthropicBeta[] = ['managed-agents-2026-04-01'];
const CSV = 'region,orders,returns\nnorth,10,1\nsouth,20,\neast,30,5\n';
const HEADER = '[Slack message 1700000000.000100 from Ana (U1) in #ops]';

type ShownBlock = { source: { type: 'file'; file_id: string } } & (
  | { type: 'image' }
  | { type: 'document'; title: string }
);

/** A session one talks to: each message answers with all that was said to it. */
async function talk() {
  const { client, createSession, follow, server } = await startRig();
  server.faults.apply({ outputsLagMs: 0 });
  const { id } = await createSession();
  const live = await follow(id);
  const upload = async (name: string, { type, bytes }: { type: string; bytes: Uint8Array }) => {
    const file = await client.beta.files.upload({ file: await toFile(bytes, name, { type }) });
    return file.id;
  };
  return {
    client,
    upload,
    async mount(name: string, file: { type: string; bytes: Uint8Array }) {
      const file_id = await upload(name, file);
      await client.beta.sessions.resources.add(id, { type: 'file', file_id, mount_path: `/${name}` });
    },
    async say(text: string, shown: ShownBlock[] = []) {
      const from = live.events.length;
      const { content } = message(HEADER, text);
      await client.beta.sessions.events.send(id, {
        events: [{ type: 'user.message', content: [...content, ...shown] }],
      });
      await live.idle(from);
      const answers = live.events.slice(from).filter((event) => event.type === 'agent.message');
      return answers.map(textOf).join('\n');
    },
    async outputs() {
      const { data } = await client.beta.files.list({ scope_id: id, limit: 1000, betas: BETAS });
      const written = data.filter((file) => file.downloadable).reverse();
      return Promise.all(
        written.map(async (file) => {
          const bytes = Buffer.from(await (await client.beta.files.download(file.id)).arrayBuffer());
          return { name: file.filename, size: file.size_bytes, bytes };
        }),
      );
    },
  };
}

it('a CSV is read, and comes back as a summary and a chart of its numbers', async () => {
  const { mount, say, outputs } = await talk();
  await mount('sales.csv', { type: 'text/csv', bytes: Buffer.from(CSV) });
  const said = await say(
    'what do you make of this?\n[file: sales.csv, text/csv, 53 bytes, mounted at /mnt/session/uploads/sales.csv]',
  );
  expect(said).toContain('`sales.csv`, text/csv, 53 bytes, at `/mnt/session/uploads/sales.csv`: 53 bytes, SHA-256');
  expect(said).toContain('3 rows and 3 columns');
  expect(said).toContain('| orders | 3 | 20 |');
  const [summary, chart] = await outputs();
  expect(summary?.bytes.toString()).toContain('returns,2,3');
  expect(chart?.name).toBe('chart.png');
  expect(describeBytes(chart?.bytes ?? Buffer.alloc(0))).toBe('760 × 360 pixels');
});

it('a CSV without numbers is not drawn', async () => {
  const { mount, say, outputs } = await talk();
  await mount('names.csv', { type: 'text/csv', bytes: Buffer.from('name\nana\n') });
  expect(await say('csv')).toContain('so I drew nothing');
  expect((await outputs()).map(({ name }) => name)).toEqual(['summary.csv']);
});

it('the CSV that a message brings is read, not the newest', async () => {
  const { mount, say } = await talk();
  await mount('a.csv', { type: 'text/csv', bytes: Buffer.from('n\n1\n') });
  await mount('b.csv', { type: 'text/csv', bytes: Buffer.from('n\n1\n2\n') });
  const line = '[file: a.csv, text/csv, 4 bytes, mounted at /mnt/session/uploads/a.csv]';
  expect(await say(line)).toContain('Reading `a.csv`: 1 rows');
  expect(await say('the csv please')).toContain('Reading `b.csv`: 2 rows');
});

it('every file of a message is told as the message tells it, and as it really is', async () => {
  const { mount, upload, say } = await talk();
  const png = drawChart([{ name: 'n', values: [1, 2] }]);
  const pdf = Buffer.from('%PDF-1.4 /Type /Page /Type /Page');
  await mount('logs.zip', { type: 'application/zip', bytes: Buffer.from('PK') });
  const [image, document] = [
    await upload('shot.png', { type: 'image/png', bytes: png }),
    await upload('q3.pdf', { type: 'application/pdf', bytes: pdf }),
  ];
  const said = await say(
    [
      'look at these',
      '[file: logs.zip, application/zip, 2 bytes, mounted at /mnt/session/uploads/logs.zip]',
      '[file: shot.png, image/png, 2 kB, mounted at /mnt/session/uploads/shot.png and shown below]',
      '[file: notes.gdoc could not be read: it is kept outside Slack]',
    ].join('\n'),
    [
      { type: 'image', source: { type: 'file', file_id: image } },
      { type: 'document', source: { type: 'file', file_id: document }, title: 'q3.pdf' },
    ],
  );
  expect(said).toContain('3 files');
  expect(said).toMatch(/`logs\.zip`, application\/zip, 2 bytes, at `\S+`: 2 bytes, SHA-256 [0-9a-f]{12}…/);
  expect(said).toContain('`/mnt/session/uploads/shot.png`, but nothing is mounted there');
  expect(said).toContain('`notes.gdoc` could not be read: it is kept outside Slack');
  expect(said).toContain('shown as image: image/png, 760 × 190 pixels');
  expect(said).toContain('shown as document `q3.pdf`: application/pdf, 2 pages');
});

it('ten files are written, and again with exactly one change', async () => {
  const { say, outputs } = await talk();
  await say('ten files');
  const first = await outputs();
  expect(new Set(first.map(({ name }) => name)).size).toBe(10);
  await say('again');
  const all = await outputs();
  expect(all).toHaveLength(20);
  const changed = all
    .slice(10)
    .filter(({ name, bytes }) => !first.some((one) => one.name === name && one.bytes.equals(bytes)));
  expect(changed.map(({ name }) => name)).toEqual(['part-04.txt']);
  await say('again');
  expect((await outputs()).at(-7)?.bytes.toString()).toContain('round 3');
});

it('an output may be empty, or not come at all', async () => {
  const { say, outputs } = await talk();
  await say('no output');
  expect(await outputs()).toEqual([]);
  await say('empty output');
  expect(await outputs()).toMatchObject([{ name: 'empty.txt', size: 0 }]);
});

it('files that come while it works are told as they are heard', async () => {
  const { client, createSession, follow } = await startRig();
  const { id } = await createSession();
  const live = await follow(id);
  const line = '[file: a.txt could not be read: it is empty]';
  await client.beta.sessions.events.send(id, { events: [message('take your time')] });
  await client.beta.sessions.events.send(id, { events: [message(HEADER, `and this\n${line}`)] });
  await live.idle();
  const said = live.events.filter((event) => event.type === 'agent.message').map(textOf);
  expect(said.join('\n')).toMatch(/> and this \(Ana\)\n\nThat came with a file:\n\n- `a\.txt` could not be read/);
});
