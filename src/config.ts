import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { checkPolicy } from './gate/policy/check.ts';
import { compilePolicy } from './gate/policy/compile.ts';
import type { Finding } from './gate/policy/finding.ts';
import type { Policy } from './gate/policy/policy.ts';
import { gateSchema } from './gate/policy/schema.ts';
import {
  type BridgeFile,
  bridgeFileSchema,
  type Environment,
  environmentSchema,
  type LogLevel,
  type Renderer,
  SETTINGS,
  type SettingName,
  sizeBytes,
} from './settings.ts';

/** All a process needs to know, parsed and frozen. Null: not set. */
export type Config = Readonly<Common & (SlackMode | PlaygroundMode)>;

interface Common {
  dataFolder: string;
  /** Custom tools beyond the built-in ones. */
  toolsFolder: string | null;
  logLevel: LogLevel;
  port: number;
  renderers: { default: Renderer; channels: Record<string, Renderer> };
  files: FilesConfig;
  gate: Policy;
}

interface FilesConfig {
  /** Bytes of one file, either way. */
  maxSize: number;
  /** Files of one message. */
  maxCount: number;
  /** Bytes of one message's files together. */
  maxTotal: number;
  /** Where Slack's files are; a name that begins with `*.` stands for all hosts below it, which get no token. */
  hosts: readonly string[];
}

interface SlackMode {
  mode: 'slack';
  slack: SlackConfig;
  agents: AgentsConfig;
}

/** A local Slack; `agents` null: a local agents server too. */
interface PlaygroundMode {
  mode: 'playground';
  slack: null;
  agents: AgentsConfig | null;
}

export interface SlackConfig {
  botToken: string;
  appToken: string;
  /** Ends with a slash. */
  apiUrl: string | null;
}

export interface AgentsConfig {
  apiKey: string;
  /** Ends without a slash. */
  baseUrl: string | null;
  agent: { id: string; version: number | null };
  environmentId: string;
  vaultIds: string[];
}

/** The settings cannot be used; the message names everything that is wrong with them. */
export class ConfigError extends Error {
  readonly exitCode = 2;
  readonly problems: readonly string[];

  constructor(problems: readonly string[], { hint }: { hint?: string } = {}) {
    const [only = ''] = problems;
    const [what, ends] =
      problems.length === 1
        ? [only, hint && '. ']
        : [
            `${problems.length} settings need a change:${problems.map((problem) => `\n  - ${problem}`).join('')}`,
            hint && '\n',
          ];
    super(`Drawbridge cannot start: ${what}${ends ?? ''}${hint ?? ''}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface LoadOptions {
  env: Record<string, string | undefined>;
  /** Returns a file's text, or throws the error that `fs.readFileSync` throws. */
  readFile(path: string): string;
  /** Started with `--playground`: a local Slack, whatever the Slack settings say. */
  playground?: boolean;
}

/** The configuration from the environment and bridge.yaml. Throws a ConfigError that names every bad value. */
export function loadConfig({ env, readFile, playground = false }: LoadOptions): Config {
  const given = givenSettings(env, { ignoreSlack: playground });
  const { values, problems: malformed } = parseEnvironment(given);
  const { file, names, problems: misfiled } = loadBridgeFile(given.DRAWBRIDGE_CONFIG, readFile);
  const problems = [...malformed, ...misfiled];

  const present = new Set<string>([...Object.keys(given), ...(names ?? [])]);
  const untouched = !SETTINGS.some(({ name, group }) => group !== 'bridge' && present.has(name));

  const mode = playground || (untouched && given.NODE_ENV !== 'production') ? 'playground' : 'slack';
  const missing = mode === 'slack' && names !== null ? REQUIRED.filter((name) => !present.has(name)) : [];
  problems.push(...missing.map((name) => `${name} is missing: ${whereToGet(name)}`));
  if (problems.length > 0) throw new ConfigError(problems, missing.length > 0 ? { hint: PLAYGROUND_HINT } : {});
  return freeze(assemble(mode, { values, file }));
}

/** Where things are, for commands that need no other setting. */
export function pathsOf(env: LoadOptions['env']): { dataFolder: string; configFile: string } {
  const { DRAWBRIDGE_DATA, DRAWBRIDGE_CONFIG } = givenSettings(env, { ignoreSlack: false });
  return { dataFolder: DRAWBRIDGE_DATA ?? DEFAULT_DATA, configFile: DRAWBRIDGE_CONFIG ?? DEFAULT_FILE };
}

/** The policy of a settings file, for commands that need nothing else of it. Throws a ConfigError. */
export function loadPolicy(path: string, readFile: LoadOptions['readFile']): Policy {
  const { file, problems } = loadBridgeFile(path, readFile);
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze(compilePolicy(file.gate));
}

const DEFAULT_DATA = 'data';
/** Slack serves files from the first two; the others are where its redirects lead. */
const SLACK_FILE_HOSTS = ['files.slack.com', 'slack.com', '*.slack.com', '*.slack-edge.com', '*.slack-files.com'];
const DEFAULT_FILE = 'manifest/bridge.yaml';
const NEEDED_FOR_AGENTS = ['ANTHROPIC_API_KEY', 'DRAWBRIDGE_AGENT_ID', 'DRAWBRIDGE_ENVIRONMENT_ID'] as const;
const REQUIRED = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', ...NEEDED_FOR_AGENTS] as const;
const PLAYGROUND_HINT = 'To try it without Slack, run it with --playground.';

function whereToGet(name: string): string {
  return SETTINGS.find((setting) => setting.name === name)?.where ?? '';
}

/** An empty or blank variable is one that is not set, as compose files and CI systems have it. */
function givenSettings(env: LoadOptions['env'], { ignoreSlack }: { ignoreSlack: boolean }) {
  const given: Partial<Record<SettingName, string>> = {};
  for (const { name, group } of SETTINGS) {
    const value = env[name]?.trim();
    if (value && !(ignoreSlack && group === 'slack')) given[name] = value;
  }
  return given;
}

function parseEnvironment(given: Partial<Record<SettingName, string>>): { values: Environment; problems: string[] } {
  const result = environmentSchema.safeParse(given);
  if (result.success) return { values: result.data, problems: [] };
  const problems = result.error.issues.map(({ path: [name], message }) => {
    const setting = SETTINGS.find((one) => one.name === name);
    // The message of our own settings lists all there is to choose from; the others come from elsewhere.
    return `${String(name)} ${message}${setting?.group === 'bridge' ? '' : `: ${setting?.where}`}`;
  });
  return { values: {}, problems };
}

function assemble(mode: Config['mode'], { values, file }: { values: Environment; file: BridgeFile }): Config {
  const agents = agentsConfig(values, file);
  const common: Common = {
    dataFolder: values.DRAWBRIDGE_DATA ?? DEFAULT_DATA,
    toolsFolder: values.DRAWBRIDGE_TOOLS ?? null,
    logLevel: values.LOG_LEVEL ?? (mode === 'playground' ? 'warn' : 'info'),
    port: values.PORT ?? 8080,
    renderers: {
      default: values.DRAWBRIDGE_RENDERER ?? file.slack?.renderer ?? 'auto',
      channels: Object.fromEntries(
        Object.entries(file.slack?.channels ?? {}).map(([id, channel]) => [id, channel.renderer]),
      ),
    },
    files: filesConfig(file),
    gate: compilePolicy(file.gate),
  };
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_API_URL: apiUrl = null } = values;
  if (mode === 'playground' || !botToken || !appToken || !agents)
    return { ...common, mode: 'playground', slack: null, agents };
  return { ...common, mode, slack: { botToken, appToken, apiUrl }, agents };
}

function filesConfig({ files }: BridgeFile): FilesConfig {
  return {
    maxSize: sizeBytes(files?.max_size ?? '500 MB'),
    maxCount: files?.max_count ?? 20,
    maxTotal: sizeBytes(files?.max_total ?? '1 GB'),
    hosts: files?.hosts ?? SLACK_FILE_HOSTS,
  };
}

function agentsConfig(values: Environment, file: BridgeFile): AgentsConfig | null {
  const apiKey = values.ANTHROPIC_API_KEY;
  const agent = values.DRAWBRIDGE_AGENT_ID ?? (file.agent && { version: null, ...file.agent });
  const environment = values.DRAWBRIDGE_ENVIRONMENT_ID ?? file.environment;
  if (!apiKey || !agent || !environment) return null;
  return {
    apiKey,
    baseUrl: values.ANTHROPIC_BASE_URL ?? null,
    agent: { id: agent.id, version: agent.version ?? null },
    environmentId: environment,
    vaultIds: values.DRAWBRIDGE_VAULT_IDS ?? file.vaults ?? [],
  };
}

interface LoadedFile {
  file: BridgeFile;
  /** The settings it gives, well-formed or not; null when it cannot be read as YAML. */
  names: SettingName[] | null;
  problems: string[];
}

function loadBridgeFile(chosen: string | undefined, readFile: LoadOptions['readFile']): LoadedFile {
  const path = chosen ?? DEFAULT_FILE;
  let source: string;
  try {
    source = readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // Nobody asked for the default file, and the environment can say all of it.
    if (chosen === undefined && code === 'ENOENT') return { file: {}, names: [], problems: [] };
    return { file: {}, names: null, problems: [`${path} cannot be read (${code}): DRAWBRIDGE_CONFIG names it`] };
  }
  const { file, names, problems } = parseBridgeFile(source);
  return { file, names, problems: problems.map((problem) => `${path}:${problem}`) };
}

function parseBridgeFile(source: string): LoadedFile {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line they are about, and with it whatever secret was pasted there.
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return { file: {}, names: null, problems: document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`) };
  }
  const content: unknown = document.toJS() ?? {};
  const has = (key: string) => typeof content === 'object' && content !== null && key in content;
  const names: SettingName[] = [];
  if (has('agent')) names.push('DRAWBRIDGE_AGENT_ID');
  if (has('environment')) names.push('DRAWBRIDGE_ENVIRONMENT_ID');
  if (has('vaults')) names.push('DRAWBRIDGE_VAULT_IDS');

  const result = bridgeFileSchema.safeParse(content);
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => describe(issue, { document, content }));
  const found = [...issues, ...policyFindings(content, document)];
  const problems = found.map(({ offset, problem }) => `${at(offset)}: ${problem}`);
  return { file: result.success && found.length === 0 ? result.data : {}, names, problems };
}

/** What is wrong with a policy that has the right shape, whatever the shape of the rest of the file. */
function policyFindings(content: unknown, document: Document): Placed[] {
  const section = gateSchema.safeParse(valueAt(content, ['gate']));
  return section.success ? checkPolicy(section.data).map((finding) => place(finding, document)) : [];
}

/** What only a running bot could find wrong with the policy of a file, as `path:line:col: …`. */
export function placeFindings(
  findings: readonly Finding[],
  { path, readFile }: { path: string } & Pick<LoadOptions, 'readFile'>,
): string[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(readFile(path), { lineCounter, prettyErrors: false });
  return findings.map((finding) => {
    const { offset, problem } = place(finding, document);
    const { line, col } = lineCounter.linePos(offset);
    return `${path}:${line}:${col}: ${problem}`;
  });
}

interface Placed {
  offset: number;
  problem: string;
}

function place({ path, key, message }: Finding, document: Document): Placed {
  const whole = ['gate', ...path];
  return { offset: offsetOf(document, { path: whole, key }), problem: `${whole.join('.')} ${message}` };
}

/** One issue of the file in words, with the offset of the key or value it is about. */
function describe(
  issue: z.core.$ZodIssue,
  { document, content }: { document: Document; content: unknown },
): { offset: number; problem: string }[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const meant = nearest(key, knownKeys(path));
      const problem = `unknown key ${JSON.stringify(key)}${meant === undefined ? '' : `, did you mean ${JSON.stringify(meant)}?`}`;
      return { offset: offsetOf(document, { path: [...path, key], key: true }), problem };
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
  items?: ObjectShape;
  properties?: Record<string, ObjectShape>;
  additionalProperties?: ObjectShape | boolean;
}

function knownKeys(path: string[]): string[] {
  let shape: ObjectShape | undefined = z.toJSONSchema(bridgeFileSchema) as ObjectShape;
  for (const key of path) {
    const others: ObjectShape | boolean | undefined = shape?.additionalProperties;
    shape = shape?.items ?? shape?.properties?.[key] ?? (typeof others === 'object' ? others : undefined);
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

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
