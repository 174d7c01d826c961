/**
 * What the agents API did to a request, by who can act on it.
 * `gone`: the session is terminated, archived or deleted; start a new one. `waiting`: it waits for answers to tool
 * calls and takes no message. `budget`: its budget is used up. `unreachable`: try again later. `credentials`, `agent`,
 * `request`: an operator must change something.
 */
export type SessionErrorCode = 'gone' | 'waiting' | 'budget' | 'unreachable' | 'credentials' | 'agent' | 'request';

export class SessionError extends Error {
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SessionError';
    this.code = code;
  }
}

/** Slack can never show this reply: the thread is gone, locked or closed to us. */
export class ReplyError extends Error {
  readonly code = 'refused';
  /** Slack's error name, e.g. `is_archived`. */
  readonly reason: string;

  constructor(reason: string, options?: { cause?: unknown }) {
    super(`Slack refuses the reply: ${reason}`, options);
    this.name = 'ReplyError';
    this.reason = reason;
  }
}

/**
 * What must be on disk cannot be put there or read from there: the disk is full, somebody holds the database, it is
 * damaged. Nobody was told that it stands, so it may be tried again from the beginning; the message says what to do.
 */
export abstract class KeepError extends Error {}
