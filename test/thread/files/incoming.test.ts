import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionError } from '../../../src/thread/errors.ts';
import { createIncoming, type FileLimits, type Incoming } from '../../../src/thread/files/incoming.ts';
import { shownBlock } from '../../../src/thread/files/tell-agent.ts';
import type { MessageInput } from '../../../src/thread/input.ts';
import { createWorld, file, log, message, SESSION, THREAD } from './rig.ts';

let world: ReturnType<typeof createWorld>;
let woken = 0;
beforeEach(() => {
  world = createWorld();
  woken = 0;
});
afterEach(() => world.stop());

function open(limits: Partial<FileLimits> = {}): Incoming {
  return createIncoming({
    ...world,
    limits: { maxSize: 100, maxCount: 5, maxTotal: 300, ...limits },
    log,
    onArrived: () => {
      woken += 1;
    },
  });
}

async function arrive(incoming: Incoming, input: MessageInput) {
  return vi.waitUntil(() => incoming.arrived(input));
}

const told = (files: Awaited<ReturnType<typeof arrive>>) =>
  files.map((each) => ('source' in each ? each.source.name : each.unread));

describe('the files of a message', () => {
  it('come beside everything else, and the thread is woken when they are there', async () => {
    const incoming = open();
    const input = message([file('F1'), file('F2')]);
    expect(await incoming.arrived(input)).toBeNull();
    expect(told(await arrive(incoming, input))).toEqual(['F1.csv', 'F2.csv']);
    expect(woken).toBe(1);
    expect(world.done.filter((what) => what.startsWith('fetch'))).toEqual(['fetch F1', 'fetch F2']);
    expect(world.left()).toEqual([]);
  });

  it('are none at once when there are none', async () => {
    expect(await open().arrived(message([]))).toEqual([]);
  });

  it('do not stop for one that cannot be read or is not taken', async () => {
    world.contents.set('F1', 'external');
    world.failures.upload = new SessionError('request', 'no room');
    const incoming = open();
    const input = message([file('F1'), file('F2'), file('F3')]);
    expect(told(await arrive(incoming, input))).toEqual(['external', 'refused', 'F3.csv']);
    expect(world.left()).toEqual([]);
  });

  it('keep two of one name apart, within a message and across two at once', async () => {
    const incoming = open();
    world.contents.set('F2', 'c,d').set('F3', 'e,f');
    const one = message([file('F1', { name: 'a.csv' }), file('F2', { name: 'a.csv' })], 1);
    const two = message([file('F3', { name: 'A.csv' })], 2);
    const [first, second] = await Promise.all([arrive(incoming, one), arrive(incoming, two)]);
    expect(told(first)).toEqual(['a.csv', 'a-2.csv']);
    expect(told(second)).toEqual(['A-3.csv']);
  });

  it('are read within limits, each with its own reason', async () => {
    world.contents.set('F1', 'x'.repeat(101)).set('F2', 'y'.repeat(90)).set('F3', 'z'.repeat(90)).set('F4', 'w');
    const incoming = open({ maxTotal: 150, maxCount: 4 });
    const input = message([file('F1'), file('F2'), file('F3'), file('F4'), file('F5')]);
    expect(told(await arrive(incoming, input))).toEqual(['too-large', 'F2.csv', 'too-much', 'F4.csv', 'too-many']);
  });

  it('are not fetched again when they were sent before, nor kept twice when they are the same', async () => {
    const incoming = open();
    await arrive(incoming, message([file('F1', { name: 'a.csv' })], 1));
    const again = await arrive(incoming, message([file('F1', { name: 'a.csv' }), file('F9', { name: 'a.csv' })], 2));
    expect(told(again)).toEqual(['a.csv', 'a.csv']);
    expect(world.done).toEqual(['fetch F1', 'upload a.csv', 'fetch F9']);
    expect((await world.lineages.load(THREAD)).sources).toHaveLength(1);
  });

  it('are not uploaded again by a process that takes over', async () => {
    const input = message([file('F1')]);
    await arrive(open(), input);
    await arrive(open(), input);
    expect(world.done.filter((what) => what.startsWith('upload'))).toHaveLength(1);
  });

  it('are broken off when nobody waits for them any more', async () => {
    const incoming = open();
    const input = message([file('F1'), file('F2')]);
    await incoming.arrived(input);
    incoming.forget(input);
    await incoming.stop();
    expect(woken).toBe(0);
    expect(world.left()).toEqual([]);
  });

  it('all wait while the agent’s side is out of reach, and those that it has are not sent again', async () => {
    const incoming = open();
    const input = message([file('F1'), file('F2')]);
    await arrive(incoming, message([file('F1')], 2));
    world.failures.upload = new SessionError('unreachable', 'away');
    await incoming.arrived(input);
    await vi.waitUntil(() => woken === 2);
    await expect(incoming.arrived(input)).rejects.toMatchObject({ code: 'unreachable' });
    expect(told(await arrive(incoming, input))).toEqual(['F1.csv', 'F2.csv']);
    expect(world.done.filter((what) => what.startsWith('upload'))).toEqual(['upload F1.csv', 'upload F2.csv']);
    expect(world.left()).toEqual([]);
  });

  it('do not stop for one that fails on our side', async () => {
    world.failures.fetch = new Error('ENOSPC');
    expect(told(await arrive(open(), message([file('F1'), file('F2')])))).toEqual(['internal', 'F2.csv']);
  });

  it('have the name they came with, also when a later message does not say it', async () => {
    const incoming = open();
    await arrive(incoming, message([file('F1', { name: 'a.csv' })], 1));
    const again = await arrive(incoming, message([file('F1', { name: 'a file', mode: 'stub', url: null })], 2));
    expect(again).toMatchObject([{ title: 'a.csv' }]);
  });
});

describe('a message that is refused with its files', () => {
  it('has those that the model is to look at brought again, once, under their names', async () => {
    const incoming = open();
    const input = message([file('F1', { name: 'a.txt', mimetype: 'text/plain' }), file('F2')]);
    await arrive(incoming, input);
    expect(await incoming.mend(input)).toBe(true);
    expect(told(await arrive(incoming, input))).toEqual(['a.txt', 'F2.csv']);
    expect(world.done).toEqual(['fetch F1', 'upload a.txt', 'fetch F2', 'upload F2.csv', 'fetch F1', 'upload a.txt']);
  });

  it('has them mounted and no more when that did not help', async () => {
    const incoming = open();
    const input = message([file('F1', { name: 'a.txt', mimetype: 'text/plain' })]);
    await arrive(incoming, input);
    await incoming.mend(input);
    const [shown] = await arrive(incoming, input);
    expect(await incoming.mend(input)).toBe(true);
    const [hidden] = await arrive(incoming, input);
    expect([shown, hidden].map((one) => one && shownBlock(one) !== null)).toEqual([true, false]);
    expect(await incoming.mend(input)).toBe(false);
    expect(world.done.filter((what) => what.startsWith('upload'))).toHaveLength(2);
  });

  it('was not refused for files that are only mounted', async () => {
    const incoming = open();
    const input = message([file('F1')]);
    await arrive(incoming, input);
    expect(await incoming.mend(input)).toBe(false);
  });
});

describe('mounting', () => {
  it('puts each into a session once, and into another session again', async () => {
    const incoming = open();
    const input = message([file('F1'), file('F2')]);
    const files = await arrive(incoming, input);
    await incoming.mounted(THREAD, { session: SESSION, files: (await incoming.given(THREAD)).slice(0, 1) });
    await incoming.mount(THREAD, { session: SESSION, files });
    await incoming.mount(THREAD, { session: SESSION, files });
    await incoming.mount(THREAD, { session: 'sesn_2' as typeof SESSION, files });
    expect(world.done.filter((what) => what.startsWith('mount'))).toEqual([
      'mount F2.csv in sesn_1',
      'mount F1.csv in sesn_2',
      'mount F2.csv in sesn_2',
    ]);
  });

  it('goes on without one that is refused, which can be sent again', async () => {
    const incoming = open();
    const input = message([file('F1'), file('F2')]);
    const files = await arrive(incoming, input);
    world.failures.mount = new SessionError('request', 'gone from the Files API');
    expect(told(await incoming.mount(THREAD, { session: SESSION, files }))).toEqual(['refused', 'F2.csv']);
    incoming.forget(input);
    await incoming.mount(THREAD, { session: SESSION, files: await arrive(incoming, input) });
    expect(world.done.slice(-3)).toEqual(['fetch F1', 'upload F1.csv', 'mount F1.csv in sesn_1']);
  });

  it('fails with the session, and can be tried again', async () => {
    const incoming = open();
    const files = await arrive(incoming, message([file('F1')]));
    world.failures.mount = new SessionError('gone', 'archived');
    await expect(incoming.mount(THREAD, { session: SESSION, files })).rejects.toMatchObject({ code: 'gone' });
    await incoming.mount(THREAD, { session: SESSION, files });
    expect(world.done.at(-1)).toBe('mount F1.csv in sesn_1');
  });
});
