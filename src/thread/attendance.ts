import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Registry } from './gate-ports.ts';

/** Time in which nobody was there for people, in ms since the epoch. */
export interface Absence {
  from: number;
  to: number;
}

/** When the bot was there for people and when it was not, remembered beyond the next restart. */
export interface Attendance {
  /** Finds out since when nobody was there. From now on somebody is, which is noted every minute. */
  begin(): Promise<void>;
  /** Somebody was there until now. */
  end(): Promise<void>;
  /** Nobody heard people in this time, although the process ran. On disk when it resolves. */
  missed(absence: Absence): Promise<void>;
  /** The last time that nobody was there; null: none is known. */
  last(): Absence | null;
  /** How much of the time since then nobody was there. */
  missedMs(since: number): number;
}

interface Record {
  /** Somebody was there at least until then. */
  until: number;
  /** In order. */
  absences: Absence[];
}

interface AttendanceOptions {
  registry: Registry;
  clock: Clock;
  log: Logger;
}

const ID = 'us';
const NOTE_EVERY_MS = 60_000;
/** A start that failed in between does not make two absences of one. */
const ONE_ABSENCE_MS = NOTE_EVERY_MS;
const FORGET_AFTER_MS = 30 * 24 * 3_600_000;
const MOST = 100;

export function createAttendance({ registry, clock, log }: AttendanceOptions): Attendance {
  let absences: Absence[] = [];
  let cancel: (() => void) | null = null;

  const save = async () => {
    const now = clock.now();
    const record: Record = { until: now, absences };
    await registry.change(ID, () => record);
  };

  const noteLater = () => {
    cancel = clock.after(NOTE_EVERY_MS, () => {
      // One that is not written makes the next absence seem a minute longer, and nothing else.
      void save().catch((err: unknown) => log.warn({ err }, 'attendance not noted'));
      noteLater();
    });
  };

  const add = (absence: Absence) => {
    const before = absences.at(-1);
    const isSame = before !== undefined && absence.from - before.to < ONE_ABSENCE_MS;
    const all = isSame ? [...absences.slice(0, -1), { from: before.from, to: absence.to }] : [...absences, absence];
    absences = all.filter(({ to }) => to > clock.now() - FORGET_AFTER_MS).slice(-MOST);
  };

  return {
    async begin() {
      const before = (await registry.load(ID)) as Record | undefined;
      absences = before?.absences ?? [];
      if (before !== undefined) add({ from: before.until, to: clock.now() });
      await save();
      noteLater();
    },
    async end() {
      // A start that failed early knows nothing to note.
      if (cancel === null) return;
      cancel();
      await save();
    },
    async missed(absence) {
      add(absence);
      await save();
    },
    last: () => absences.at(-1) ?? null,
    missedMs: (since) => absences.reduce((sum, { from, to }) => sum + Math.max(to - Math.max(from, since), 0), 0),
  };
}
