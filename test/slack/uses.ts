import { WebClient } from '@slack/web-api';
import { parseAst } from 'vitest/node';

/** What one source file asks of Slack. */
export interface Uses {
  /** Web API methods: called, handed on, or named in a file that calls by name. */
  methods: string[];
  /** Helpers of the SDK and of Bolt that call methods of their own, which cannot be seen here. */
  helpers: string[];
  /** What Bolt is told to listen for: `action`, `shortcut`, `command` … */
  listeners: string[];
  /** Types of events that `switch (….event.type)` does something with. */
  events: string[];
}

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Each of these decides by itself what it calls. `respond` is not among them: its address needs no scope. */
const HELPERS = ['filesUploadV2', 'uploadV2', 'chatStream', 'paginate', 'say', 'sayStream', 'setSuggestedPrompts'];
const LISTENERS = ['action', 'assistant', 'command', 'event', 'function', 'message', 'options', 'shortcut', 'view'];

/** A real client: what is a function on it is a method of Slack. It is asked nothing. */
const client = new WebClient();

/** Reads the syntax tree of a module. */
export function usesOf(source: string): Uses {
  const uses: Uses = { methods: [], helpers: [], listeners: [], events: [] };
  const named: string[] = [];
  let callsByName = false;
  walk(parseAst(source, { lang: 'ts' }), (node) => {
    if (node.type === 'Literal' && typeof node.value === 'string' && isMethod(node.value)) named.push(node.value);
    if (
      node.type === 'SwitchStatement' &&
      pathOf(node.discriminant as Node)
        .join('.')
        .endsWith('event.type')
    ) {
      uses.events.push(...handledCases(node.cases as Node[]));
    }
    if (node.type === 'Property' || node.type === 'MemberExpression') {
      const name = nameOf(node.type === 'Property' ? node.key : node.property);
      if (HELPERS.includes(name)) uses.helpers.push(name);
      if (name === 'apiCall') callsByName = true;
    }
    if (node.type === 'MemberExpression') uses.methods.push(...methodOf(pathOf(node)));
    const [receiver, verb = ''] = node.type === 'CallExpression' ? pathOf(node.callee as Node) : [];
    if (receiver === 'app' && LISTENERS.includes(verb)) uses.listeners.push(verb);
  });
  if (callsByName) uses.methods.push(...named);
  return uses;
}

/** The longest end of a path that is a method: `['options', 'client', 'chat', 'update']` is `chat.update`. */
function methodOf(path: string[]): string[] {
  const ends = path.map((_, index) => path.slice(index).join('.'));
  const method = ends.find(isMethod);
  return method === undefined ? [] : [method];
}

function isMethod(name: string): boolean {
  const path = name.split('.');
  if (path.length < 2) return false;
  const found = path.reduce<unknown>(
    (value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : null),
    client,
  );
  return typeof found === 'function';
}

/** Cases that fall through to one that only says why it is ignored are not handled. */
function handledCases(cases: Node[]): string[] {
  const handled: string[] = [];
  let waiting: string[] = [];
  for (const { test, consequent } of cases) {
    const name = (test as Node | null)?.value;
    if (typeof name === 'string') waiting.push(name);
    const [first] = consequent as Node[];
    if (!first) continue;
    if (!isIgnoring(first)) handled.push(...waiting);
    waiting = [];
  }
  return handled;
}

function isIgnoring({ type, argument }: Node): boolean {
  const properties = ((argument as Node | null)?.properties ?? []) as Node[];
  return type === 'ReturnStatement' && properties.some(({ key }) => nameOf(key) === 'ignored');
}

/** `a.b.c` as a list; what is not a plain name, such as a call, is left out. */
function pathOf(node: Node): string[] {
  if (node.type === 'Identifier') return [nameOf(node)];
  if (node.type === 'MemberExpression') return [...pathOf(node.object as Node), nameOf(node.property)];
  return [];
}

function nameOf(node: unknown): string {
  const { type, name, value } = (node ?? {}) as Record<string, unknown>;
  return String((type === 'Literal' ? value : name) ?? '');
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (!isRecord(value) && !Array.isArray(value)) return;
  if ('type' in value && typeof value.type === 'string') visit(value as Node);
  for (const child of Object.values(value)) walk(child, visit);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
