import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const CSV = 'region,orders\nnorth,10\nsouth,30\n';

const posted = (channel: string, root: string) =>
  rig
    .thread(channel, root)
    .filter(({ user, files }) => user === rig.slack.botUserId && files?.length)
    .flatMap(({ files = [] }) => files.map(({ name }) => name));

describe.each(['channel', 'dm'] as const)('a CSV dropped in a %s', (where) => {
  it('is read and counted, and a summary and a chart come back', async () => {
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const text = where === 'dm' ? 'what is in this?' : '@Drawbridge what is in this?';
    const root = await rig.say('Ana', text, { channel, files: [{ name: 'orders.csv', base64: base64(CSV) }] });
    await rig.until('it is counted', () => /2 rows/.test(rig.said(channel, root)));
    await rig.until('the files come', () => posted(channel, root).length === 2);
    expect(posted(channel, root).sort()).toEqual(['chart.png', 'summary.csv']);
    expect(rig.userMessages()[0]?.text).toContain('mounted at /mnt/session/uploads/orders.csv');
    await rig.noProblems();
  });
});
