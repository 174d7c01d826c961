import { type JsonValue, query } from 'jsonpath-rfc9535';
import { RE2JS } from 're2js';
import { canonicalJson } from '../canonical-json.ts';
import type { RuleSection } from './schema.ts';

/** What one judgement looks at; a path such as `$..*` over a crafted input would otherwise give gigabytes. */
const MOST_TEXT = 4_000_000;

/**
 * Whether a rule is about an input. `allow` reads narrowly: every value that a path gives must match from beginning to
 * end. `ask` and `deny` read widely: the pattern is found somewhere in one of them, and line breaks hide nothing. What
 * cannot be read (too much, too deep) keeps no `allow` and escapes no `ask` or `deny`.
 */
export function inputMatcher(paths: Record<string, string>, then: RuleSection['then']): (input: unknown) => boolean {
  const narrow = then === 'allow';
  const matchers = Object.entries(paths).map(([path, pattern]) => pathMatcher(path, { pattern, narrow }));
  return (input) => {
    try {
      return matchers.every((matches) => matches(input as JsonValue));
    } catch {
      return !narrow;
    }
  };
}

function pathMatcher(path: string, { pattern, narrow }: { pattern: string; narrow: boolean }) {
  const compiled = RE2JS.compile(pattern, narrow ? 0 : RE2JS.DOTALL);
  return (input: JsonValue): boolean => {
    let looked = 0;
    const matches = (value: JsonValue) => {
      const text = asText(value);
      looked += text.length;
      if (looked > MOST_TEXT) throw new RangeError('too much to look at');
      return narrow ? compiled.testExact(text) : compiled.test(text);
    };
    const values = query(input, path);
    return narrow ? values.length > 0 && values.every(matches) : values.some(matches);
  };
}

/** Text as it is, all else as canonical JSON, so that the order of keys hides nothing. */
function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
