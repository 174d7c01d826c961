/** A refusal as the real API words it: one HTTP status, one `error.type`, sometimes an `error_code`. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, options: { type?: string; code?: string; retryAfter?: number } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.type = options.type ?? typeOfStatus(status);
    this.code = options.code;
    this.retryAfter = options.retryAfter;
  }
}

const TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOfStatus(status: number): string {
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

export function badRequest(message: string, code?: string): ApiError {
  return new ApiError(400, message, code ? { code } : {});
}

export function notFound(what: string, id: string): ApiError {
  return new ApiError(404, `${what} '${id}' does not exist.`);
}

/** The documented error body; `request_id` repeats the header. */
export function errorBody(error: ApiError, requestId: string) {
  const details = error.code ? { details: { error_code: error.code } } : {};
  return { type: 'error', error: { type: error.type, message: error.message, ...details }, request_id: requestId };
}
