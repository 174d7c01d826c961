import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditFile, type Disk, openAudit, realDisk } from '../../../src/gate/audit/audit-file.ts';
import { MAX_LINE_BYTES, verifyChain } from '../../../src/gate/audit/chain.ts';
import { readAudit } from '../../../src/gate/audit/read-audit.ts';
import { chainOf, entry } from './entries.ts';

let folder: string;
let path: string;
let logged: Record<string, unknown>[];
const opened: AuditFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drawbridge-audit-'));
  path = join(folder, 'audit.jsonl');
  logged = [];
});
afterEach(async () => {
  for (const audit of opened.splice(0)) await audit.close();
  rmSync(folder, { recursive: true });
});

const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
const warnings = () => logged.filter(({ level }) => level === 40);

function open(disk?: Disk): AuditFile {
  const audit = openAudit({ path, log, ...(disk ? { disk } : {}) });
  opened.push(audit);
  return audit;
}

async function reopen(audit: AuditFile): Promise<AuditFile> {
  await audit.close();
  return open();
}

const verified = () => verifyChain(readAudit(path));
const reasons = () =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).reason);

describe('recording', () => {
  test('appends to a file of this user only, and goes on after a restart', async () => {
    let audit = open();
    await audit.record(entry('a'));
    audit = await reopen(audit);
    await audit.record(entry('b'));
    await audit.record(entry('c'));
    expect(reasons()).toEqual(['a', 'b', 'c']);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 3 } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(warnings()).toEqual([]);
  });

  test('keeps the order of the calls, and shares a sync among those that wait', async () => {
    let syncs = 0;
    const sync: Disk['sync'] = (fd) => {
      syncs += 1;
      return realDisk.sync(fd);
    };
    const audit = open({ ...realDisk, sync });
    const names = Array.from({ length: 200 }, (_, index) => `e${index}`);
    await Promise.all(names.map((name) => audit.record(entry(name))));
    expect(reasons()).toEqual(names);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 200 } });
    expect(syncs).toBe(1);
  });

  test('resolves only once the entry is on disk', async () => {
    const order: string[] = [];
    const sync: Disk['sync'] = async (fd) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`synced ${reasons().length}`);
      return realDisk.sync(fd);
    };
    const audit = open({ ...realDisk, sync });
    const first = audit.record(entry('a')).then(() => order.push('a'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    const second = audit.record(entry('b')).then(() => order.push('b'));
    await Promise.all([first, second]);
    expect(order).toEqual(['synced 1', 'a', 'synced 2', 'b']);
  });

  test('puts a long file together from short writes', async () => {
    const write: Disk['write'] = (fd, bytes) => realDisk.write(fd, bytes.subarray(0, 100));
    const audit = open({ ...realDisk, write });
    await Promise.all([audit.record(entry('a'.repeat(1000))), audit.record(entry('b'))]);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 2 } });
  });

  test('refuses what is no entry alone, without a gap', async () => {
    const audit = open();
    const all = await Promise.allSettled([
      audit.record(entry('a')),
      audit.record(entry('b', { at: Number.NaN })),
      audit.record(entry('c'.repeat(MAX_LINE_BYTES))),
      audit.record(entry('d')),
    ]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(reasons()).toEqual(['a', 'd']);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 2 } });
  });

  test('is over once it is closed, and what was recorded before is there', async () => {
    const audit = open();
    const before = audit.record(entry('a'));
    await audit.close();
    await before;
    await expect(audit.record(entry('b'))).rejects.toMatchObject({ name: 'AuditError', code: 'closed' });
    await audit.close();
    expect(reasons()).toEqual(['a']);
  });
});

describe('a crash in the middle of writing', () => {
  test('leaves a chain that goes on, wherever it hit the last line', async () => {
    const [first = '', second = '', last = ''] = chainOf([entry('a'), entry('b'), entry('ü'.repeat(30))]);
    const kept = first + second;
    const lastBytes = Buffer.from(last);
    for (let length = 0; length <= lastBytes.length; length++) {
      writeFileSync(path, Buffer.concat([Buffer.from(kept), lastBytes.subarray(0, length)]));
      logged = [];
      const audit = open();
      await audit.record(entry('after'));
      await audit.close();
      const isWhole = length >= lastBytes.length - 1;
      expect(reasons()).toEqual(['a', 'b', ...(isWhole ? ['ü'.repeat(30)] : []), 'after']);
      expect(await verified()).toMatchObject({ ok: true });
      expect(warnings()).toHaveLength(length === 0 || isWhole ? 0 : 1);
    }
  });

  test('of the very first line leaves an empty chain', async () => {
    writeFileSync(
      path,
      chainOf([entry('a')])
        .join('')
        .slice(0, 50),
    );
    const audit = open();
    expect(warnings()).toMatchObject([{ bytes: 50, seq: 0 }]);
    await audit.record(entry('b'));
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 1 } });
  });

  test('of a line among the longest there are is mended too', async () => {
    const most = 'x'.repeat(MAX_LINE_BYTES - 500);
    const lines = chainOf([entry('a'), entry(most), entry(most)]);
    writeFileSync(path, lines.join('').slice(0, -3));
    const audit = open();
    await audit.record(entry('b'));
    expect(reasons()).toEqual(['a', most, 'b']);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 3 } });
  });
});

describe('a file that does not end as it was written', () => {
  const lines = chainOf([entry('a'), entry('b')]);
  test.each([
    ['a changed last entry', lines.join('').replace('"b"', '"c"')],
    ['an empty last line', `${lines.join('')}\n`],
    ['something else', 'hello\n'],
    ['an endless line', 'x'.repeat(3 * MAX_LINE_BYTES)],
    ['an endless line behind the chain', `${lines.join('')}${'x'.repeat(MAX_LINE_BYTES + 1)}`],
  ])('is not written to: %s', (_, content) => {
    writeFileSync(path, content);
    expect(() => open()).toThrow(
      expect.objectContaining({
        name: 'AuditError',
        code: 'broken',
        message: expect.stringContaining('move it aside'),
      }),
    );
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('is not written to when somebody else writes to it meanwhile', async () => {
    const audit = open();
    await audit.record(entry('a'));
    appendFileSync(path, 'a line of theirs\n');
    await expect(audit.record(entry('b'))).rejects.toMatchObject({ code: 'changed' });
    expect(readFileSync(path, 'utf8')).toMatch(/a line of theirs\n$/);
    truncateSync(path, 10);
    await expect(audit.record(entry('b'))).rejects.toMatchObject({ code: 'changed' });
    expect(statSync(path).size).toBe(10);
  });
});

describe('a disk that cannot take it', () => {
  const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

  /** A disk with room for so many bytes more; `broken` also keeps it from cutting back. */
  function createDisk() {
    const state = { room: 0, syncs: true, truncates: true };
    const disk: Disk = {
      ...realDisk,
      async write(fd, bytes) {
        if (state.room === 0) throw noSpace();
        const count = await realDisk.write(fd, bytes.subarray(0, state.room));
        state.room -= count;
        return count;
      },
      async sync(fd) {
        if (!state.syncs) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
        await realDisk.sync(fd);
      },
      async truncate(fd, size) {
        if (!state.truncates) throw Object.assign(new Error('EIO: i/o error, ftruncate'), { code: 'EIO' });
        await realDisk.truncate(fd, size);
      },
    };
    return { state, disk };
  }

  test.each([true, false])(
    'refuses what finds no room, and takes what comes when there is some (cut back at once: %s)',
    async (truncates) => {
      for (const room of [0, 1, 150, 400, 600]) {
        rmSync(path, { force: true });
        const { state, disk } = createDisk();
        const audit = open(disk);
        state.room = 10_000;
        await audit.record(entry('a'));
        Object.assign(state, { room, truncates });
        const refused = await Promise.allSettled([audit.record(entry('b')), audit.record(entry('c'))]);
        for (const one of refused) {
          expect(one).toMatchObject({ reason: { code: 'full', message: expect.stringContaining('free some space') } });
        }
        Object.assign(state, { room: 10_000, truncates: true });
        await Promise.all([audit.record(entry('d')), audit.record(entry('e'))]);
        expect(reasons()).toEqual(['a', 'd', 'e']);
        expect(await verified()).toMatchObject({ ok: true, head: { seq: 3 } });
      }
    },
  );

  test('that cannot sync has not taken it', async () => {
    const { state, disk } = createDisk();
    const audit = open(disk);
    Object.assign(state, { room: 10_000, syncs: false });
    await expect(audit.record(entry('a'))).rejects.toMatchObject({ code: 'failed' });
    expect(reasons()).toEqual([]);
    state.syncs = true;
    await audit.record(entry('b'));
    expect(reasons()).toEqual(['b']);
    expect(await verified()).toMatchObject({ ok: true, head: { seq: 1 } });
  });

  test.runIf(existsSync('/dev/full'))('is told by the real one, too', async () => {
    const audit = openAudit({ path: '/dev/full', log });
    await expect(audit.record(entry('a'))).rejects.toMatchObject({ code: 'full', cause: { code: 'ENOSPC' } });
    await audit.close();
  });

  test('is an error at start when the file cannot be made', () => {
    writeFileSync(path, '');
    path = join(path, 'audit.jsonl');
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'unwritable', message: expect.stringContaining('DRAWBRIDGE_DATA') }),
    );
  });
});
