import type { Declarations } from './declarations.ts';
import type { Finding } from './finding.ts';
import type { MatchSection, RouteSection, TargetSection } from './routing-schema.ts';

const LISTS = ['vaults', 'memory_stores', 'repositories'] as const;

/** What is wrong with `routing:`: names that are not there, and routes that no thread can get to. */
export function checkRouting(declared: Declarations, groups: Record<string, string[]>): Finding[] {
  const { default: usual, routes = [] } = declared.routing ?? {};
  return [
    ...(usual ? checkTarget(usual, { path: ['routing', 'default'], declared }) : []),
    ...checkDefault(declared),
    ...routes.flatMap((route, index) => {
      const path = ['routing', 'routes', String(index)];
      return [
        ...checkTarget(route, { path, declared }),
        ...checkRequesters(route.match, { path: [...path, 'match', 'requester'], groups }),
        ...checkReach(route, { path, earlier: routes.slice(0, index) }),
      ];
    }),
  ];
}

function checkTarget(target: TargetSection, { path, declared }: { path: string[]; declared: Declarations }): Finding[] {
  const findings: Finding[] = [];
  const check = (kind: keyof Declarations, name: string, place: string[]) => {
    const there = Object.keys(declared[kind] ?? {});
    if (there.includes(name)) return;
    const known = there.length > 0 ? `there are ${there.join(', ')}` : 'there are none';
    findings.push({ path: place, key: false, message: `is not declared under ${kind}: ${name} (${known})` });
  };
  if (target.agent !== undefined) check('agents', target.agent, [...path, 'agent']);
  if (target.environment !== undefined) check('environments', target.environment, [...path, 'environment']);
  for (const list of LISTS) {
    for (const [index, name] of (target[list] ?? []).entries()) check(list, name, [...path, list, String(index)]);
  }
  return findings;
}

/** With several to choose from, the file must say which one answers where no route does. */
function checkDefault({ agents = {}, environments = {}, routing }: Declarations): Finding[] {
  const missing = (kind: string, names: string[], chosen: string | undefined): Finding[] => {
    if (chosen !== undefined || names.length < 2) return [];
    const message = `must say which of several answers where no route does: ${names.join(', ')}`;
    return [{ path: ['routing', 'default', kind], key: false, message }];
  };
  return [
    ...missing('agent', Object.keys(agents), routing?.default?.agent),
    ...missing('environment', Object.keys(environments), routing?.default?.environment),
  ];
}

function checkRequesters(
  { requester = [] }: MatchSection,
  { path, groups }: { path: string[]; groups: Record<string, string[]> },
): Finding[] {
  return requester
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => /^[a-z]/.test(name) && groups[name] === undefined)
    .map(({ index }) => ({
      path: [...path, String(index)],
      key: false,
      message: 'is no group: define it under gate.groups',
    }));
}

function checkReach(
  { name, match }: RouteSection,
  { path, earlier }: { path: string[]; earlier: RouteSection[] },
): Finding[] {
  const findings: Finding[] = [];
  if (earlier.some((other) => other.name === name)) {
    findings.push({ path: [...path, 'name'], key: false, message: 'is the name of an earlier route: choose another' });
  }
  const covering = earlier.find((other) => covers(other.match, match));
  if (covering) {
    const message = `is never reached: ${JSON.stringify(covering.name)}, above it, serves all that it would. Move it up`;
    findings.push({ path: [...path, 'match'], key: true, message });
  }
  return findings;
}

/** Whether every thread of `narrow` is one of `wide`. */
function covers(wide: MatchSection, narrow: MatchSection): boolean {
  return (['place', 'channel', 'requester'] as const).every((key) => {
    const all: readonly string[] | undefined = wide[key];
    return all === undefined || narrow[key]?.every((one) => all.includes(one)) === true;
  });
}
