/** Reads bridge.yaml: what it says, or what is wrong with it, by line and column. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { checkPolicy } from './gate/policy/check.ts';
import { gateSchema } from './gate/policy/schema.ts';
import { checkDeclarations } from './sessions/provisioning/check.ts';
import type { Finding } from './sessions/provisioning/finding.ts';
import { type BridgeFile, bridgeFileSchema, declarationsSchema } from './settings.ts';

/** Returns a file's text, or throws the error that `fs.readFileSync` throws. */
export type ReadFile = (path: string) => string;

export interface LoadedFile {
  file: BridgeFile;
  /** Its top keys, whatever is wrong with what they hold; null when it cannot be read as YAML. */
  keys: string[] | null;
  /** As `path:line:col: …`. */
  problems: string[];
  /** What only the environment or the API can find wrong with it, in the same words. */
  place(findings: readonly Finding[]): string[];
}

export function parseBridgeFile(source: string, path: string): LoadedFile {
  const { document, at } = parseYaml(source);
  const placed = (found: readonly Placed[]) => found.map(({ offset, problem }) => `${path}:${at(offset)}: ${problem}`);
  const put = (findings: readonly Finding[]) => placed(findings.map((finding) => place(finding, document)));
  if (document.errors.length > 0) {
    const found = document.errors.map(({ pos, message }) => ({ offset: pos[0], problem: message }));
    return { file: {}, keys: null, problems: placed(found), place: put };
  }
  const content: unknown = document.toJS() ?? {};
  const keys = typeof content === 'object' && content !== null ? Object.keys(content) : [];
  const result = bridgeFileSchema.safeParse(content);
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => describe(issue, { document, content }));
  const found = [...issues, ...findingsIn(content).map((finding) => place(finding, document))];
  const file = result.success && found.length === 0 ? result.data : {};
  return { file, keys, problems: placed(found), place: put };
}

/** What only a running bot could find wrong with the policy of a file, as `path:line:col: …`. */
export function placeFindings(
  findings: readonly Finding[],
  { path, readFile }: { path: string; readFile: ReadFile },
): string[] {
  return parseBridgeFile(readFile(path), path).place(inGate(findings));
}

function parseYaml(source: string) {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line they are about, and with it whatever secret was pasted there.
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  return { document, at };
}

/** What is wrong with a policy and declarations that have the right shape, whatever the shape of the rest of the file. */
function findingsIn(content: unknown): Finding[] {
  const gate = gateSchema.safeParse(valueAt(content, ['gate']) ?? {});
  const declared = declarationsSchema.safeParse(content);
  return [
    ...(gate.success ? inGate(checkPolicy(gate.data)) : []),
    ...(declared.success ? checkDeclarations(declared.data, gate.success ? { groups: gate.data.groups } : {}) : []),
  ];
}

function inGate(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, path: ['gate', ...finding.path] }));
}

interface Placed {
  offset: number;
  problem: string;
}

function place({ path, key, message }: Finding, document: Document): Placed {
  return { offset: offsetOf(document, { path, key }), problem: `${path.join('.')} ${message}` };
}

/** One issue of the file in words, with the offset of the key or value it is about. */
function describe(issue: z.core.$ZodIssue, { document, content }: { document: Document; content: unknown }): Placed[] {
  const path = issue.path.map(String);
  const inner = issue.code === 'invalid_union' ? inMap(issue, valueAt(content, path)) : null;
  if (inner) return inner.flatMap((one) => describe(one, { document, content }));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const place = { offset: offsetOf(document, { path: [...path, key], key: true }) };
      const former = path.length === 0 ? FORMER_KEYS[key] : undefined;
      if (former) return { ...place, problem: former };
      const meant = nearest(key, knownKeys(path));
      const problem = `unknown key ${JSON.stringify(key)}${meant === undefined ? '' : `, did you mean ${JSON.stringify(meant)}?`}`;
      return { ...place, problem };
    });
  }
  const where = path.join('.') || 'the file';
  if (issue.code === 'invalid_key') {
    const problem = issue.issues[0]?.message ?? issue.message;
    return [{ offset: offsetOf(document, { path, key: true }), problem }];
  }
  const offset = offsetOf(document, { path, key: false });
  if (path.length > 0 && valueAt(content, path) === undefined) return [{ offset, problem: `${where} is missing` }];
  // A type's own words say more than its kind.
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input'))
    return [{ offset, problem: `${where} ${issue.message}` }];
  const kinds: Record<string, string> = { object: 'a map', record: 'a map', array: 'a list', int: 'a whole number' };
  return [{ offset, problem: `${where} must be ${kinds[issue.expected] ?? `a ${issue.expected}`}` }];
}

/** Keys of earlier versions, with what to write instead. */
const FORMER_KEYS: Record<string, string> = {
  agent: 'agent is written with a name now: agents: { main: { id: agent_… } }',
  environment: 'environment is written with a name now: environments: { main: { id: env_… } }',
};

/** A map can be meant only as the one map among several forms: what is wrong with it says more than that there are several. */
function inMap(issue: z.core.$ZodIssueInvalidUnion, value: unknown): z.core.$ZodIssue[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const isKind = ({ path, code }: z.core.$ZodIssue) => path.length === 0 && code !== 'unrecognized_keys';
  const branch = issue.errors.find((issues) => issues.length > 0 && !issues.some(isKind));
  return branch?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? null;
}

/** Looked up in the plain content and not in the document, where an alias hides what it stands for. */
function valueAt(content: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    content,
  );
}

/** Where a path's value, or its key, begins; for what is not there, where its nearest parent begins. */
function offsetOf(document: Document, { path, key }: { path: string[]; key: boolean }): number {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === path.at(-1))
    : undefined;
  if (key && isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
  const value = path.length > 0 ? document.getIn(path, true) : document.contents;
  if (isNode(value)) return value.range?.[0] ?? 0;
  return path.length > 0 ? offsetOf(document, { path: path.slice(0, -1), key: true }) : 0;
}

interface ObjectShape {
  anyOf?: ObjectShape[];
  items?: ObjectShape;
  properties?: Record<string, ObjectShape>;
  additionalProperties?: ObjectShape | boolean;
}

function knownKeys(path: string[]): string[] {
  let shape: ObjectShape | undefined = z.toJSONSchema(bridgeFileSchema) as ObjectShape;
  for (const key of path) {
    const others: ObjectShape | boolean | undefined = shape?.additionalProperties;
    shape = shape?.items ?? shape?.properties?.[key] ?? (typeof others === 'object' ? others : undefined);
    shape = shape?.anyOf?.find(({ properties }) => properties !== undefined) ?? shape;
  }
  return Object.keys(shape?.properties ?? {});
}

/** The known key that was probably meant: the beginning of what was written, or at most two letters off. */
function nearest(written: string, known: string[]): string | undefined {
  const ranked = known
    .map((key) => ({
      key,
      distance: written.toLowerCase().startsWith(key) ? 1 : editDistance(written.toLowerCase(), key),
    }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= 2 ? best.key : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, swapped));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
