import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import { SessionError } from '../../../src/thread/errors.ts';
import { UploadError } from '../../../src/thread/file-ports.ts';
import { createOutgoing } from '../../../src/thread/files/outgoing.ts';
import { createWorld, log, SESSION, THREAD } from './rig.ts';

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.stop());

function post(expected: string[] = [], { isLate = false, signal = new AbortController().signal, speed = 200 } = {}) {
  return createOutgoing({ ...world, maxSize: 1_000, clock: fastClock(speed), log }).post(THREAD, {
    session: SESSION,
    expected,
    isLate,
    signal,
  });
}

const shares = () => world.done.filter((what) => what.startsWith('share'));

describe('the files that the agent wrote', () => {
  it('come in one message, with what there is to say of each', async () => {
    world.write('a.csv', 'x,y\n1,2\n');
    world.write('b.png', 'png', 'image/png');
    expect(await post(['a.csv', 'b.png'])).toEqual([]);
    expect(shares()).toEqual(['share a.csv, b.png: *a.csv*: 1 row, 2 columns\n*b.png*']);
    expect(world.left()).toEqual([]);
  });

  it('come again only when they have changed, as another version', async () => {
    for (const name of ['a.csv', 'b.csv']) world.write(name, 'x,y\n1,2\n');
    await post();
    world.write('a.csv', 'x,y\n1,2\n');
    world.write('b.csv', 'x,y\n1,2\n3,4\n');
    await post();
    expect(shares().at(-1)).toBe('share b.csv v2: *b.csv v2*: 2 rows, 2 columns; 1 row more');
    await post();
    expect(shares()).toHaveLength(2);
  });

  it('are the newest of a name when one was written several times', async () => {
    world.write('a.csv', 'old\n');
    world.write('a.csv', 'x\nnew\n');
    await post();
    expect(shares()).toEqual(['share a.csv: *a.csv*: 1 row, 1 column']);
  });

  it('are waited for when they come late', async () => {
    const posting = post(['late.csv'], { speed: 50 });
    setTimeout(() => world.write('late.csv', 'x\n1\n'), 60);
    expect(await posting).toEqual([]);
    expect(shares()).toHaveLength(1);
  });

  it('may be none', async () => {
    expect(await post()).toEqual([]);
    expect(world.done).toEqual([]);
  });
});

describe('what cannot be posted', () => {
  it('is named once when it is empty, and the others come', async () => {
    world.write('empty.csv', '');
    world.write('a.csv', 'x\n');
    expect(await post()).toEqual([{ name: 'empty.csv', why: 'empty' }]);
    expect(await post()).toEqual([]);
    expect(shares()).toHaveLength(1);
  });

  it('is named with the reason, and comes at the next try', async () => {
    world.write('a.csv', 'x\n');
    world.write('b.csv', 'y\n');
    world.failures.send = new UploadError('no-scope', 'missing_scope');
    expect(await post()).toEqual([{ name: 'a.csv', why: 'no-scope' }]);
    expect(await post()).toEqual([]);
    expect(shares().map((share) => share.split(':')[0])).toEqual(['share b.csv', 'share a.csv']);
  });

  it('is not sent a second time when only the sharing failed', async () => {
    world.write('a.csv', 'x\n');
    world.failures.share = new UploadError('unreachable', '500');
    expect(await post()).toEqual([{ name: 'a.csv', why: 'unreachable' }]);
    expect(await post()).toEqual([]);
    expect(world.done.filter((what) => what.startsWith('send'))).toHaveLength(1);
    expect(shares()).toHaveLength(1);
  });

  it('is not told of when Slack has done it and did not say so', async () => {
    world.write('a.csv', 'x\n');
    world.failures.lostShare = new UploadError('unreachable', 'no answer');
    expect(await post()).toEqual([]);
    expect(await post()).toEqual([]);
    expect(shares()).toHaveLength(1);
  });

  it('says what has changed also at a later try', async () => {
    world.write('a.csv', 'x\n1\n');
    await post();
    world.write('a.csv', 'x\n1\n2\n');
    world.failures.share = new UploadError('no-access', 'not_in_channel');
    expect(await post()).toEqual([{ name: 'a.csv', why: 'no-access' }]);
    expect(await post([], { isLate: true })).toEqual([]);
    expect(shares().at(-1)).toBe('share a.csv v2: *a.csv v2*: 2 rows, 1 column; 1 row more');
  });

  it('is named once when it is too large', async () => {
    world.write('big.bin', 'x'.repeat(1_001), 'application/octet-stream');
    expect(await post()).toEqual([{ name: 'big.bin', why: 'too-large' }]);
    expect(await post()).toEqual([]);
    expect(world.done).toEqual([]);
  });

  it('is shown once when the same was written again before it could be', async () => {
    world.write('a.csv', 'x\n');
    world.failures.share = new UploadError('no-access', 'not_in_channel');
    await post();
    world.write('a.csv', 'x\n');
    expect(await post()).toEqual([]);
    expect(shares()).toEqual(['share a.csv: *a.csv*: 0 rows, 1 column']);
  });

  it('is not waited for when it was found before, and named when it is gone since', async () => {
    world.write('a.csv', 'x\n');
    expect(await post(['a.csv', 'gone.csv'], { isLate: true, speed: 0.001 })).toEqual([
      { name: 'gone.csv', why: 'gone' },
    ]);
    expect(shares()).toHaveLength(1);
  });

  it('says so when the agent’s side does not answer', async () => {
    world.failures.outputs = new SessionError('unreachable', 'away');
    expect(await post()).toEqual([{ name: null, why: 'agent-side' }]);
  });
});

describe('a process that takes over', () => {
  it('posts nothing twice when the one before it died after sharing', async () => {
    world.write('a.csv', 'x\n');
    world.failures.lostShare = new Error('killed');
    await expect(post()).rejects.toThrow('killed');
    expect(await post()).toEqual([]);
    expect(shares()).toHaveLength(1);
    expect((await world.lineages.load(THREAD)).outputs).toMatchObject([{ state: 'shared' }]);
  });

  it('shares what the one before it had brought to Slack', async () => {
    world.write('a.csv', 'x\n');
    world.failures.share = new Error('killed');
    await expect(post()).rejects.toThrow('killed');
    expect(await post()).toEqual([]);
    expect(shares()).toHaveLength(1);
    expect(world.done.filter((what) => what.startsWith('send'))).toHaveLength(1);
  });

  it('stops at once when it has to go', async () => {
    const ending = new AbortController();
    const posting = post(['never.csv'], { signal: ending.signal, speed: 1 });
    setTimeout(() => ending.abort(), 20);
    await expect(posting).rejects.toThrow();
    expect(world.left()).toEqual([]);
  });
});
