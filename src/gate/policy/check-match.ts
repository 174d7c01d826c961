import { kindsOf } from './compare-matches.ts';
import type { Finding } from './finding.ts';
import { globMatches } from './glob.ts';
import { faultOfPath, faultOfPattern } from './input-faults.ts';
import { listOf } from './list-of.ts';
import type { MatchSection } from './schema.ts';

/** The tools of the agent toolset, `agent_toolset_20260401`. */
const BUILT_IN = ['bash', 'read', 'write', 'edit', 'glob', 'grep', 'web_fetch', 'web_search'];

/** What is wrong with a match by itself: a call that can never be, a path or a pattern that cannot be read. */
export function checkMatch(
  match: MatchSection,
  { path, customTools }: { path: string[]; customTools: readonly string[] | undefined },
): Finding[] {
  const at = (key: string, message: string): Finding => ({ path: [...path, key], key: false, message });
  if (Object.keys(match).length === 0) {
    const message = 'is empty, which would be every call: say tool: "*" if that is what you mean';
    return [{ path, key: false, message }];
  }
  const findings = checkInput(match.input ?? {}, [...path, 'input']);

  const kinds = kindsOf(match);
  if (kinds.length === 0) {
    findings.push(at('server', 'can never match: only tools of kind mcp have a server. Take it away, or the kind'));
    return findings;
  }
  const tools = match.tool === undefined ? [] : listOf(match.tool);
  if (match.server !== undefined && match.kind === undefined && tools.length > 0 && tools.every(isBuiltIn)) {
    const message = `can never match: ${tools.join(', ')} is built in and has no server. Take it away, or add kind: mcp if the server really has a tool of this name`;
    findings.push(at('server', message));
  }
  const known = knownNames(kinds, customTools);
  for (const tool of known === null ? [] : tools) {
    if (known?.some((name) => globMatches(tool, name))) continue;
    findings.push(
      at('tool', `can never match: no ${kinds.join(' or ')} tool is called so. There are ${known?.join(', ')}`),
    );
  }
  return findings;
}

function checkInput(input: Record<string, string>, path: string[]): Finding[] {
  return Object.entries(input).flatMap(([jsonPath, pattern]) => {
    const where = [...path, jsonPath];
    const badPath = faultOfPath(jsonPath);
    const badPattern = faultOfPattern(pattern);
    return [
      ...(badPath === null ? [] : [{ path: where, key: true, message: badPath }]),
      ...(badPattern === null ? [] : [{ path: where, key: false, message: badPattern }]),
    ];
  });
}

export function isBuiltIn(tool: string): boolean {
  return BUILT_IN.includes(tool);
}

/** Null: it cannot be known. */
function knownNames(kinds: string[], customTools: readonly string[] | undefined): readonly string[] | null {
  if (kinds.includes('mcp') || (kinds.includes('custom') && !customTools)) return null;
  return [...(kinds.includes('built-in') ? BUILT_IN : []), ...(kinds.includes('custom') ? (customTools ?? []) : [])];
}
