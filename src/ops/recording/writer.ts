import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Where the lines of a recording go. */
export interface Writer {
  /** False: there is no room for it, and nothing was written. Throws what `fs` throws. */
  write(line: string): boolean;
  /** The next line begins another file; false where there is only one. */
  next(): boolean;
  close(): void;
  /** The file that is being written. */
  path(): string;
}

export interface WriterOptions {
  maxBytes?: number;
  /** How many files a folder keeps, the one that is written included. */
  keptFiles?: number;
  now(): number;
}

const MAX_BYTES = 10_000_000;
const KEPT_FILES = 5;
/** Kept free for the last line. */
const RESERVE = 200;
const NAME = /^recording-[\dTZ-]+-\d+\.jsonl$/;

/** A new file at `path`, or new files in the folder `path`, for this user only. Throws a RecordingError. */
export function openWriter(path: string, options: WriterOptions): Writer {
  const { maxBytes = MAX_BYTES, keptFiles = KEPT_FILES, now } = options;
  const folder = isFolder(path) ? path : null;
  let count = 0;
  let open = begin();

  function begin() {
    count += 1;
    if (folder !== null) removeOldest(folder, keptFiles - 1);
    const name = `recording-${new Date(now()).toISOString().replaceAll(/[:.]/g, '-')}-${count}.jsonl`;
    const file = folder === null ? path : join(folder, name);
    return { file, fd: create(file), size: 0 };
  }

  return {
    path: () => open.file,
    write(line) {
      const bytes = Buffer.from(line);
      if (open.size + bytes.length > maxBytes - RESERVE && !line.includes('"type":"full"')) return false;
      writeSync(open.fd, bytes);
      open.size += bytes.length;
      return true;
    },
    next() {
      if (folder === null) return false;
      closeSync(open.fd);
      open = begin();
      return true;
    },
    close: () => closeSync(open.fd),
  };
}

export class RecordingError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RecordingError';
  }
}

function isFolder(path: string): boolean {
  if (path.endsWith('/')) mkdirSync(path, { recursive: true, mode: 0o700 });
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function create(path: string): number {
  try {
    // Nothing is written over.
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const advice =
      code === 'EEXIST'
        ? 'is there already: give --record another file, or a folder'
        : `cannot be written (${code}): give --record a file or a folder that can`;
    throw new RecordingError(`${path} ${advice}`, { cause: error });
  }
}

function removeOldest(folder: string, kept: number): void {
  const files = readdirSync(folder).filter((name) => NAME.test(name));
  const byAge = files.map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs })).sort((a, b) => a.at - b.at);
  for (const { name } of byAge.slice(0, Math.max(0, byAge.length - kept))) rmSync(join(folder, name));
}
