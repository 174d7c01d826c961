import { KeepError } from '../thread/errors.ts';

/** Why the store cannot do its work, by what an operator can do about it. */
export type StoreErrorCode = 'unwritable' | 'locked' | 'corrupt' | 'full' | 'failing' | 'closed' | 'key' | 'failed';

export class StoreError extends KeepError {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

const CODES: [RegExp, StoreErrorCode][] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'locked'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'corrupt'],
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)/, 'full'],
  [/^SQLITE_IOERR/, 'failing'],
  [/^(SQLITE_(READONLY|CANTOPEN|PERM)|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR|ENOENT)/, 'unwritable'],
];

const ADVICE: Record<StoreErrorCode, string> = {
  unwritable: 'cannot be written: make it writable for the user this runs as, or set DRAWBRIDGE_DATA to another folder',
  locked: 'is in use by another process: stop the other Drawbridge, or set DRAWBRIDGE_DATA to another folder',
  corrupt: 'is damaged or no database: restore it from a backup, or move it away to start with an empty one',
  full: 'has no room left: free some space on its disk',
  failing: 'cannot be read or written: see to its disk, which may be full or broken',
  closed: 'is closed already: this process is shutting down',
  key: 'was given a key it cannot keep apart from others: this is a bug',
  failed: 'failed unexpectedly: see the cause',
};

/** Names what went wrong with the file or folder at `path` and what to do; the driver's error stays the cause. */
export function storeError(path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  return new StoreError(code, `${path} ${ADVICE[code]}`, { cause });
}

/** The same for what no driver told us. */
export function refusal(path: string, code: 'closed' | 'key' | 'corrupt'): StoreError {
  return new StoreError(code, `${path} ${ADVICE[code]}`);
}

function codeOf(cause: unknown): StoreErrorCode {
  if (!(cause instanceof Error)) return 'failed';
  // What we wrote ourselves, and can no longer read.
  if (cause instanceof SyntaxError) return 'corrupt';
  const name = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const known = CODES.find(([pattern]) => pattern.test(name));
  if (known) return known[1];
  // libsql reports a failed open without a code: "Unable to open connection to local database …: 14".
  return cause.message.includes('Unable to open connection') ? 'unwritable' : 'failed';
}
