import type { Args } from './args.ts';

/** Slack's rate tiers; `special` methods have rules of their own. */
export type Tier = 1 | 2 | 3 | 4 | 'special';

export interface Call {
  args: Args;
  /** Adds to `response_metadata.warnings`. */
  warn(warning: string): void;
}

/** One Web API method: what it needs, and what it does. A refusal is thrown. */
interface Method {
  tier: Tier;
  /** Which token opens it; a bot token when not said. */
  token?: 'app' | 'bot';
  needs?: readonly string[];
  run(call: Call): Record<string, unknown> | Promise<Record<string, unknown>>;
}

export type Methods = Record<string, Method>;
