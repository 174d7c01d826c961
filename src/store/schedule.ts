import type { ThreadId } from '../thread/ids.ts';
import type { Schedule } from '../thread/ports.ts';
import type { OpenSpace } from './space.ts';

/** Until the year 33658, all times have as many digits, and so stand in order as text. */
const DIGITS = 15;

/**
 * The time of each thread under its name, and beside it the same in order of time: reading what is next costs the same
 * with ten thousand threads as with one. A place in that order that the thread's own entry does not confirm was left
 * behind by a change, and goes when it is come across.
 */
export function createSchedule(openSpace: OpenSpace): Schedule {
  const entries = openSpace<number>('schedule');

  async function set(thread: ThreadId, at: number | null): Promise<void> {
    if (at === null) return entries.delete(nameOf(thread));
    const whole = Math.max(0, Math.ceil(at));
    if ((await entries.get(nameOf(thread))) === whole) return;
    await entries.setAll([
      { key: placeOf(whole, thread), value: whole },
      { key: nameOf(thread), value: whole },
    ]);
  }

  return {
    set,
    async served(thread, until) {
      const at = await entries.get(nameOf(thread));
      if (at !== undefined && at <= until) await set(thread, null);
    },
    async *after(after) {
      for await (const key of entries.keys()) {
        const place = PLACE.exec(key);
        // In the order of keys, the names follow all places.
        if (place === null) return;
        const [at, thread] = [Number(place[1]), place[2] as ThreadId];
        if ((await entries.get(nameOf(thread))) !== at) await entries.delete(key);
        else if (at > after) yield { thread, at };
      }
    },
  };
}

const PLACE = /^at:(\d+):(.*)$/;

function placeOf(at: number, thread: ThreadId): string {
  return `at:${String(at).padStart(DIGITS, '0')}:${thread}`;
}

function nameOf(thread: ThreadId): string {
  return `of:${thread}`;
}
