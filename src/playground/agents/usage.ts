/** What the session has used; the API shows `list_cost` in whole cents. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  webSearches: number;
  activeMs: number;
  /** Cents at list price, with fractions. */
  cents: number;
}

export interface ModelUsage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

// Dollars per million tokens become cents per token.
const CENTS = { input: 5e-4, output: 25e-4, cacheRead: 5e-5 };
const PROMPT_TOKENS = 2400;

export function noUsage(): Usage {
  return { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, webSearches: 0, activeMs: 0, cents: 0 };
}

/** One model request: the prompt is read anew, what was said before comes from the cache. */
export function requestUsage(usage: Usage, writtenChars: number): ModelUsage {
  return {
    input_tokens: PROMPT_TOKENS,
    output_tokens: Math.max(16, Math.ceil(writtenChars / 4)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.inputTokens === 0 ? 0 : 6000 + usage.outputTokens,
  };
}

export function addRequest(usage: Usage, request: ModelUsage): Usage {
  return {
    ...usage,
    inputTokens: usage.inputTokens + request.input_tokens,
    outputTokens: usage.outputTokens + request.output_tokens,
    cacheReadTokens: usage.cacheReadTokens + request.cache_read_input_tokens,
    cents:
      usage.cents +
      request.input_tokens * CENTS.input +
      request.output_tokens * CENTS.output +
      request.cache_read_input_tokens * CENTS.cacheRead,
  };
}

export function usageBody(usage: Usage) {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    active_seconds: usage.activeMs / 1000,
    list_cost: { amount: String(Math.round(usage.cents)), currency: 'USD' },
    server_tool_use: { web_search_requests: usage.webSearches, web_fetch_requests: 0 },
  };
}
