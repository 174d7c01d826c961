import parsePath from 'jsonpath-rfc9535/parser';
import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';

/** What is wrong with a rule's path into an input; null: nothing. */
export function faultOfPath(path: string): string | null {
  if (!path.startsWith('$')) return 'must begin with "$", as in $.command or $.files[*].path';
  let segments: ReturnType<typeof parsePath>['segments'];
  try {
    ({ segments } = parsePath(path));
  } catch (error) {
    return `is no JSONPath (RFC 9535)${placeOf(error)}: write it like $.command, $.files[*].path or $..url`;
  }
  // Filters bring a second, slower kind of pattern with them, and a misspelt function in one is silently never true.
  const filters = segments.some(
    ({ node }) => node.type === 'BracketedSelection' && node.selectors.some(({ type }) => type === 'FilterSelector'),
  );
  if (filters) return 'has a filter (?…), which is not supported: say it with another path and its pattern';
  // Each further one multiplies the work by the depth of an input that the agent chooses.
  const descents = segments.filter(({ type }) => type === 'DescendantSegment').length;
  return descents > 1 ? 'has more than one "..", which is not supported: name what stands between them' : null;
}

/** What is wrong with a rule's pattern; null: nothing. */
export function faultOfPattern(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const why = error instanceof RE2JSSyntaxException ? `: ${error.getDescription()}` : '';
    return `is no pattern of RE2${why} (see github.com/google/re2/wiki/Syntax; it has no lookaround and no \\1)`;
  }
}

function placeOf(error: unknown): string {
  const { location } = error as { location?: { start?: { offset?: number } } };
  const offset = location?.start?.offset;
  return offset === undefined ? '' : ` from its character ${offset + 1} on`;
}
