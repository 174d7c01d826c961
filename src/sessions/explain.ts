import { APIError } from '@anthropic-ai/sdk';
import { SessionError, type SessionErrorCode } from '../thread/errors.ts';

/** What the refused request was about: a session that exists or should, the agent a new one is made from, or a file. */
export type Subject = 'session' | 'agent' | 'file';

const SENTENCES: Record<SessionErrorCode, string> = {
  gone: 'The session is terminated, archived or deleted.',
  waiting: 'The session waits for answers to tool calls.',
  budget: 'The budget of the session is used up.',
  unreachable: 'The agents API cannot be reached or cannot serve us now.',
  credentials: 'The agents API refuses our credentials.',
  agent: 'The configured agent or environment cannot be used.',
  request: 'The agents API refuses the request.',
};

/** The one place that knows what an error of the SDK means. Everything that may pass by itself is `unreachable`. */
export function explain(error: unknown, subject: Subject): SessionError {
  if (error instanceof SessionError) return error;
  const code = codeOf(error, subject);
  const more = code === 'request' ? (aboutFiles(error) ?? aboutSize(error, subject)) : null;
  return new SessionError(code, more ?? SENTENCES[code], { cause: error });
}

/**
 * True when a request may have taken effect although it failed: no answer, an answer cut short (a bare `TypeError`
 * from undici), or a server that failed somewhere behind the door.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status >= 500;
}

/** More was asked than the organisation may. */
export function isTooMuch(error: unknown): boolean {
  return statusOf(error) === 429;
}

/** How long the API asks us to wait, in ms; null when it does not say. */
export function retryAfterMs(error: unknown): number | null {
  if (!(error instanceof APIError)) return null;
  const header = error.headers?.get('retry-after');
  const seconds = header ? Number(header) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** Fields for a log line. No messages: they may quote what people wrote. */
export function describe(error: unknown): Record<string, unknown> {
  if (error instanceof APIError) {
    const { name, status, type, errorCode, requestID } = error;
    return { error: name, status, type, errorCode, requestId: requestID };
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  return {
    error: error instanceof Error ? error.name : typeof error,
    ...(cause && 'code' in cause && { cause: cause.code }),
  };
}

function codeOf(error: unknown, subject: Subject): SessionErrorCode {
  const status = statusOf(error);
  if (!(error instanceof APIError) || status === undefined) return 'unreachable';
  if (status === 401 || status === 403) return 'credentials';
  if (status === 408 || status === 429 || status >= 500) return 'unreachable';
  // Whatever takes files names them when it refuses them, also with a 404 that is not the session's or the agent's.
  if (aboutFiles(error)) return 'request';
  if (subject === 'file') return status === 409 ? 'unreachable' : 'request';
  return subject === 'agent' ? aboutAgent(error, status) : aboutSession(error, status);
}

const FILE_CODES: Record<string, string> = {
  storage_quota_exceeded:
    'The file storage of the organisation is full: delete files there, or ask Anthropic for more, and send the file again.',
  file_expired: 'The file has expired on the side of the agents API: send it again.',
  file_not_downloadable: 'The agents API gives back only files that the agent made.',
};
/** `File 'file_01…' does not exist.` */
const NO_FILE = /\bfile\b.*(?:does not exist|not found)/i;

/** A refusal that is about a file and nothing else, as a sentence; null when it is not. */
function aboutFiles(error: unknown): string | null {
  if (!(error instanceof APIError)) return null;
  const known = FILE_CODES[error.errorCode ?? ''];
  if (known) return known;
  return NO_FILE.test(error.apiMessage ?? '')
    ? 'The file does not exist any more on the side of the agents API.'
    : null;
}

function aboutSize(error: unknown, subject: Subject): string | null {
  if (statusOf(error) !== 413) return null;
  const most = subject === 'file' ? 'a file of 500 MB' : 'a request of 32 MB';
  return `It is larger than the agents API takes, which is ${most} at most.`;
}

// Sends to archived or deleted sessions have been seen to answer 400, 404 and 409, and no error code tells the 400s
// apart: here the words are all there is.
const ENDED = /archived|deleted|terminated|does not exist|not found/i;

function aboutSession(error: APIError, status: number): SessionErrorCode {
  const message = error.apiMessage ?? '';
  if (status === 404) return 'gone';
  if (status === 400 && /waiting on responses/i.test(message)) return 'waiting';
  if ((status === 400 || status === 409) && ENDED.test(message)) return 'gone';
  if (status === 400 && /budget/i.test(message)) return 'budget';
  return status === 409 ? 'unreachable' : 'request';
}

function aboutAgent(error: APIError, status: number): SessionErrorCode {
  if (status === 404 || error.errorCode?.startsWith('environment_')) return 'agent';
  if ((status === 400 || status === 409) && ENDED.test(error.apiMessage ?? '')) return 'agent';
  return status === 409 ? 'unreachable' : 'request';
}

function statusOf(error: unknown): number | undefined {
  return error instanceof APIError && typeof error.status === 'number' ? error.status : undefined;
}
