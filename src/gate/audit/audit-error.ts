import { KeepError } from '../../thread/errors.ts';

/** Why the audit cannot be written, by what an operator can do about it. */
export type AuditErrorCode = 'broken' | 'changed' | 'unwritable' | 'full' | 'closed' | 'failed';

export class AuditError extends KeepError {
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}

const ADVICE: Record<AuditErrorCode, string> = {
  broken:
    'ends with an entry that does not verify: move it aside but keep it, see `drawbridge audit verify` for what is ' +
    'wrong, and start again; a new one is begun then',
  changed: 'was written to by somebody else: stop whatever does so, keep a copy of it, and start again',
  unwritable: 'cannot be written: make it writable for the user this runs as, or set DRAWBRIDGE_DATA to another folder',
  full: 'has no room left: free some space on its disk',
  closed: 'is closed already: this process is shutting down',
  failed: 'could not be written: see the cause',
};

/** Says of the audit at `path` what is wrong and what to do; the file system's error stays the cause. */
export function auditError(path: string, { code, cause }: { code?: AuditErrorCode; cause?: unknown }): AuditError {
  if (cause instanceof AuditError) return cause;
  const known = code ?? codeOf(cause);
  return new AuditError(known, `${path} ${ADVICE[known]}`, { cause });
}

function codeOf(cause: unknown): AuditErrorCode {
  const name = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/^(ENOSPC|EDQUOT|EFBIG)$/.test(name)) return 'full';
  if (/^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST)$/.test(name)) return 'unwritable';
  return 'failed';
}
