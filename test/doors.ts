import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** One import of a module: static, dynamic, re-exported or in a type. `type`: gone when the program runs. */
interface Import {
  from: string;
  to: string;
  type: boolean;
}

export interface Module {
  path: string;
  imports: Import[];
  /** Members of `process` it uses, such as `env`. */
  ofProcess: string[];
  /** True when it does nothing but hand on what others export. */
  barrel: boolean;
}

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Reads a module of `src/`; `path` is relative to that folder. Relative imports come out relative to it too. */
export function readModule(path: string, source: string): Module {
  const program = parseAst(source, { lang: path.endsWith('x') ? 'tsx' : 'ts' }) as unknown as { body: Node[] };
  const module: Module = { path, imports: [], ofProcess: [], barrel: isBarrel(program.body) };
  walk(program, (node) => {
    const imported = importOf(node);
    if (imported) module.imports.push({ from: path, to: resolve(path, imported.specifier), type: imported.type });
    module.ofProcess.push(...processMembers(node));
  });
  return module;
}

const PROCESS = /^(node:)?process$/;

function importOf(node: Node): { specifier: string; type: boolean } | undefined {
  const source = node.source as Node | null | undefined;
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: literal(source), type: node.importKind === 'type' };
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return source ? { specifier: literal(source), type: node.exportKind === 'type' } : undefined;
    case 'ImportExpression':
      return { specifier: literal(source), type: false };
    case 'TSImportType':
      return { specifier: literal((node.source ?? node.argument) as Node), type: true };
    case 'TSExternalModuleReference':
      return { specifier: literal(node.expression as Node), type: false };
    default:
      return undefined;
  }
}

function processMembers(node: Node): string[] {
  if (node.type === 'MemberExpression' && name(node.object) === 'process') return [name(node.property)];
  if (node.type === 'VariableDeclarator' && name(node.init) === 'process') return keysOf(node.id as Node);
  if (node.type === 'ImportDeclaration' && PROCESS.test(literal(node.source as Node))) {
    return (node.specifiers as Node[]).map((specifier) => name(specifier.imported)).filter(Boolean);
  }
  return [];
}

function keysOf(pattern: Node): string[] {
  return ((pattern.properties ?? []) as Node[]).map((property) => name(property.key)).filter(Boolean);
}

function isBarrel(body: Node[]): boolean {
  const reExport = (node: Node) => /^Export(All|Named)Declaration$/.test(node.type) && node.source != null;
  return body.length > 0 && body.every(reExport);
}

/** What is not a plain literal cannot be checked, and so is a door of its own that nobody may take. */
function literal(node: Node | null | undefined): string {
  if (node?.type === 'TSLiteralType') return literal(node.literal as Node);
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : '<computed>';
}

function name(node: unknown): string {
  const { type, name: identifier, value } = (node ?? {}) as Record<string, unknown>;
  return String((type === 'Literal' ? value : identifier) ?? '');
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') visit(value as Node);
  for (const child of Object.values(value)) walk(child, visit);
}

const ROOMS = ['slack', 'sessions', 'gate', 'tools', 'store', 'dispatch', 'ops'];

/**
 * Which of `src/` each part may import besides itself, `clock.ts` and, for rooms, the hall: a whole part, or a folder of
 * one. `*`: all of it.
 */
const DOORS: Record<string, string[]> = {
  'main.ts': ['*'],
  'app.ts': ['*'],
  'clock.ts': [],
  'plain-fetch.ts': [],
  // The policy's shape is the gate's own, and a bad rule is an error of the settings; declarations are the sessions'.
  'settings.ts': ['gate', 'sessions'],
  'bridge-file.ts': ['settings.ts', 'gate', 'sessions'],
  'config.ts': ['bridge-file.ts', 'settings.ts', 'gate', 'sessions'],
  thread: [],
  ...Object.fromEntries(ROOMS.map((room) => [room, ['thread']])),
  slack: ['thread', 'plain-fetch.ts'],
  sessions: ['thread', 'plain-fetch.ts'],
  playground: ['config.ts'],
  // A command asks the platforms and the disk through what a room keeps for that, and leaves its SDK to it.
  cli: [
    'config.ts',
    'bridge-file.ts',
    'settings.ts',
    'thread',
    'gate',
    'slack/examine',
    'slack/needs.ts',
    'sessions',
    'store/examine',
    'ops/recording',
    'playground',
  ],
};

/** Packages that belong to one room. */
const OWNED: [RegExp, string][] = [
  [/^@slack\//, 'slack'],
  [/^@anthropic-ai\//, 'sessions'],
  [/^(@?keyv|libsql)(\/|$)/, 'store'],
  [/^bullmq(\/|$)/, 'dispatch'],
];

/** Every wrong door in words; empty when the house is as it was drawn. */
export function wrongDoors(modules: Module[]): string[] {
  return [
    ...modules.flatMap(({ imports }) =>
      imports.filter((door) => !mayTake(door)).map(({ from, to }) => `${from} → ${to}`),
    ),
    ...modules.flatMap(wrongHabits),
    ...valueCycles(modules).map((cycle) => `cycle: ${cycle.join(' ↔ ')}`),
  ];
}

function mayTake({ from, to }: Import): boolean {
  const home = partOf(from);
  // Tools from a folder have names that only the settings know.
  if (to === '<computed>') return home === 'main.ts';
  const owner = OWNED.find(([pattern]) => pattern.test(to))?.[1];
  if (owner !== undefined) return owner === home;
  const inside = /\.(ts|tsx)$/.test(to);
  if (!inside) return !to.startsWith('.');
  const part = partOf(to);
  const doors = DOORS[home] ?? [];
  if (part === 'main.ts' || (part === 'app.ts' && home !== 'main.ts')) return false;
  const isOpen = (door: string) => door === '*' || door === part || door === to || to.startsWith(`${door}/`);
  return part === home || part === 'clock.ts' || doors.some(isOpen);
}

function wrongHabits({ path, ofProcess, barrel }: Module): string[] {
  const found: string[] = [];
  if (DOORS[partOf(path)] === undefined) found.push(`${path} stands in no room of the house`);
  if (barrel || /(^|\/)index\.tsx?$/.test(path)) found.push(`${path} is a barrel`);
  if (path !== 'main.ts') {
    const edge = ofProcess.filter((member) => ['env', 'exit', 'exitCode', 'argv'].includes(member));
    found.push(...edge.map((member) => `${path} uses process.${member}`));
  }
  return found;
}

function partOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** Groups of modules that need each other when they run: strongly connected components, by Tarjan. */
function valueCycles(modules: Module[]): string[][] {
  const next = new Map(
    modules.map(({ path, imports }) => [path, imports.filter(({ type }) => !type).map(({ to }) => to)]),
  );
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  const visit = (path: string): number => {
    const index = order.size;
    order.set(path, index);
    low.set(path, index);
    stack.push(path);
    const targets = (next.get(path) ?? []).filter((target) => next.has(target));
    for (const target of targets) {
      if (!order.has(target)) low.set(path, Math.min(low.get(path) ?? index, visit(target)));
      else if (stack.includes(target)) low.set(path, Math.min(low.get(path) ?? index, order.get(target) ?? index));
    }
    if (low.get(path) === index) {
      const group = stack.splice(stack.indexOf(path));
      if (group.length > 1 || targets.includes(path)) cycles.push(group);
    }
    return low.get(path) ?? index;
  };
  for (const { path } of modules) if (!order.has(path)) visit(path);
  return cycles;
}
