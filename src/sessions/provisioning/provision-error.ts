import { APIError } from '@anthropic-ai/sdk';
import { mask } from '../../thread/mask.ts';
import { isOutcomeUnknown } from '../explain.ts';

/**
 * `conflict`: somebody else changed it meanwhile. `credentials`: the key is refused. `unreachable`: try again later; what
 * was made is found again. `refused`: what is declared must change.
 */
export type ProvisionErrorCode = 'conflict' | 'credentials' | 'unreachable' | 'refused';

/** The agents API did not do what was asked; the message says what to do. */
export class ProvisionError extends Error {
  readonly code: ProvisionErrorCode;

  constructor(code: ProvisionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ProvisionError';
    this.code = code;
  }
}

/** What a refusal means; `what` is the thing it is about, such as `agents.helper`. */
export function provisionError(error: unknown, what: string): ProvisionError {
  if (error instanceof ProvisionError) return error;
  const status = error instanceof APIError ? error.status : undefined;
  const cause = { cause: error };
  if (status === 401 || status === 403) {
    return new ProvisionError(
      'credentials',
      `${what}: the agents API refuses ANTHROPIC_API_KEY (${status}). Copy it again from platform.claude.com → API keys.`,
      cause,
    );
  }
  if (isOutcomeUnknown(error) || status === 429) {
    const how = status === undefined ? 'does not answer' : `cannot serve us now (${status})`;
    return new ProvisionError(
      'unreachable',
      `${what}: the agents API ${how}. Run it again: what was made before is found.`,
      cause,
    );
  }
  const why = mask((error instanceof APIError && error.apiMessage) || String(error)).text;
  const code = status === 409 ? 'conflict' : 'refused';
  return new ProvisionError(code, `${what}: the agents API refuses it (${status}): ${why}`, cause);
}
