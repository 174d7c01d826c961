import { dirname } from 'node:path';
import { type LoadedFile, parseBridgeFile, type ReadFile } from './bridge-file.ts';
import { compilePolicy } from './gate/policy/compile.ts';
import { durationMs } from './gate/policy/duration.ts';
import type { Policy } from './gate/policy/policy.ts';
import { LIMITS, type Limits } from './sessions/limits.ts';
import { checkDeclarations } from './sessions/provisioning/check.ts';
import type { Declarations } from './sessions/provisioning/declarations.ts';
import { EMPTY_LOCK, type Lock, lockPathOf, parseLock } from './sessions/provisioning/lock.ts';
import { readPrompts } from './sessions/provisioning/read-prompts.ts';
import { type ResolvedRoutes, resolveRoutes } from './sessions/provisioning/resolve-routes.ts';
import type { Route, Target } from './sessions/route.ts';
import {
  type BridgeFile,
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
  /** Where the bot listens, when anything is sent to it. */
  host: string;
  port: number;
  renderers: { default: Renderer; channels: Record<string, Renderer> };
  files: FilesConfig;
  /** What the agents API may be asked in a minute. */
  agentLimits: Limits;
  catchUp: CatchUpConfig;
  gate: Policy;
}

/** How an absence shows in a thread. */
interface CatchUpConfig {
  /** A message that waited longer while nobody was there is asked about. */
  askAfterMs: number;
  /** An answer that is older when people get it is said to be old. */
  oldAnswerAfterMs: number;
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
  /** How deliveries come: over Socket Mode, or as signed requests to our port. */
  transport: { type: 'socket'; appToken: string } | { type: 'http'; signingSecret: string };
  /** Ends with a slash. */
  apiUrl: string | null;
  /** What it lets through: as much as Slack says, or everything. */
  limits: 'slack' | 'none';
}

/** The agents API, what sessions are made from where no route matches, and the routes. */
export interface AgentsConfig extends Target {
  apiKey: string;
  /** Ends without a slash. */
  baseUrl: string | null;
  /** The key that its webhooks are signed with; null: none are taken. */
  webhookKey: string | null;
  routes: readonly Route[];
}

const CANNOT_START = 'Drawbridge cannot start';
const NOTHING_DONE = 'Nothing was done';

/** The settings cannot be used; the message names everything that is wrong with them. */
export class ConfigError extends Error {
  readonly exitCode = 2;
  readonly problems: readonly string[];

  constructor(problems: readonly string[], { hint, what = CANNOT_START }: { hint?: string; what?: string } = {}) {
    const [only = ''] = problems;
    const [why, ends] =
      problems.length === 1
        ? [only, hint && '. ']
        : [
            `${problems.length} settings need a change:${problems.map((problem) => `\n  - ${problem}`).join('')}`,
            hint && '\n',
          ];
    super(`${what}: ${why}${ends ?? ''}${hint ?? ''}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface LoadOptions {
  env: Record<string, string | undefined>;
  readFile: ReadFile;
  /** Started with `--playground`: a local Slack, whatever the Slack settings say. */
  playground?: boolean;
}

/** The configuration from the environment and bridge.yaml. Throws a ConfigError that names every bad value. */
export function loadConfig({ env, readFile, playground = false }: LoadOptions): Config {
  const given = givenSettings(env, { ignoreSlack: playground });
  const { values, problems: malformed } = parseEnvironment(given);
  const loaded = loadBridgeFile(given.DRAWBRIDGE_CONFIG, readFile);
  const { lock, problems: unlocked } = loadLock(loaded.path, { file: loaded.file, readFile });
  const resolved = resolve(loaded.file, { values, lock, env });
  const problems = [...malformed, ...loaded.problems, ...unlocked];

  const fromFile = namesIn(loaded, resolved);
  const present = new Set<string>([...Object.keys(given), ...fromFile]);
  const untouched = !SETTINGS.some(({ name, group }) => group !== 'bridge' && present.has(name));

  const mode = playground || (untouched && given.NODE_ENV !== 'production') ? 'playground' : 'slack';
  if (mode === 'slack') problems.push(...unapplied(resolved), ...loaded.place(resolved.findings));
  const known = new Set([...present, ...awaited(loaded.file, resolved)]);
  if (present.has('SLACK_SIGNING_SECRET')) known.add('SLACK_APP_TOKEN');
  const missing = mode === 'slack' && loaded.keys !== null ? REQUIRED.filter((name) => !known.has(name)) : [];
  problems.push(...missing.map((name) => `${name} is missing: ${whereToGet(name)}`));
  if (present.has('SLACK_APP_TOKEN') && present.has('SLACK_SIGNING_SECRET')) problems.push(TWO_TRANSPORTS);
  if (problems.length > 0) throw new ConfigError(problems, missing.length > 0 ? { hint: PLAYGROUND_HINT } : {});
  return freeze(assemble(mode, { values, file: loaded.file, resolved }));
}

/** Where things are, for commands that need no other setting. */
export function pathsOf(env: LoadOptions['env']): { dataFolder: string; configFile: string } {
  const { DRAWBRIDGE_DATA, DRAWBRIDGE_CONFIG } = givenSettings(env, { ignoreSlack: false });
  return { dataFolder: DRAWBRIDGE_DATA ?? DEFAULT_DATA, configFile: DRAWBRIDGE_CONFIG ?? DEFAULT_FILE };
}

/** How to get to the agents API, and where custom tools are, for commands that need nothing else. Throws a ConfigError. */
export function loadApiAccess(env: LoadOptions['env']) {
  const given = givenSettings(env, { ignoreSlack: true });
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, DRAWBRIDGE_TOOLS } = given;
  const { values, problems } = parseEnvironment({
    ...(ANTHROPIC_API_KEY && { ANTHROPIC_API_KEY }),
    ...(ANTHROPIC_BASE_URL && { ANTHROPIC_BASE_URL }),
  });
  const missing = ANTHROPIC_API_KEY ? [] : [`ANTHROPIC_API_KEY is missing: ${whereToGet('ANTHROPIC_API_KEY')}`];
  const apiKey = values.ANTHROPIC_API_KEY;
  if (apiKey === undefined) throw new ConfigError([...problems, ...missing], { what: NOTHING_DONE });
  return { apiKey, baseUrl: values.ANTHROPIC_BASE_URL ?? null, toolsFolder: DRAWBRIDGE_TOOLS ?? null };
}

/** What a settings file declares of the agent's side, and what its lock file knows of that. */
export interface Declared {
  declarations: Declarations;
  lock: Lock;
  lockFile: string;
}

interface DeclaredOptions {
  readFile: ReadFile;
  /** The custom tools there are, by name; without it their names are not looked at. */
  customTools?: readonly string[];
}

/** Throws a ConfigError that names everything that is wrong with it, with line and column. */
export function loadDeclared(path: string, { readFile, customTools }: DeclaredOptions): Declared {
  const { file, place, problems } = loadBridgeFile(path, readFile);
  const { declarations, findings } = readPrompts(file, { folder: dirname(path), readFile });
  const groups = file.gate?.groups;
  const { lock, problems: unlocked } = loadLock(path, { file, readFile });
  const more = problems.length > 0 ? [] : checkDeclarations(declarations, { groups, customTools });
  const all = [...problems, ...place([...findings, ...more]), ...unlocked];
  if (all.length > 0) throw new ConfigError(all, { what: NOTHING_DONE });
  return { declarations, lock, lockFile: lockPathOf(path) };
}

/** Whether code has the tools that declared agents are to have. Throws a ConfigError that names those it has not. */
export function checkCustomTools(
  env: LoadOptions['env'],
  { readFile, customTools }: { readFile: ReadFile; customTools: readonly string[] },
): void {
  const { file, place } = loadBridgeFile(givenSettings(env, { ignoreSlack: false }).DRAWBRIDGE_CONFIG, readFile);
  const findings = checkDeclarations(file, { groups: file.gate?.groups, customTools });
  if (findings.length > 0) throw new ConfigError(place(findings));
}

/** The policy of a settings file, for commands that need nothing else of it. Throws a ConfigError. */
export function loadPolicy(path: string, readFile: ReadFile): Policy {
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
const TWO_TRANSPORTS =
  'SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set: keep the first for Socket Mode, or the second for deliveries over HTTP';
const PLAYGROUND_HINT =
  'To be led through it, run drawbridge setup; to try it without Slack, run it with --playground.';

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

interface Given {
  values: Environment;
  file: BridgeFile;
  resolved: ResolvedRoutes;
}

function assemble(mode: Config['mode'], { values, file, resolved }: Given): Config {
  const agents = agentsConfig(values, resolved);
  const common: Common = {
    dataFolder: values.DRAWBRIDGE_DATA ?? DEFAULT_DATA,
    toolsFolder: values.DRAWBRIDGE_TOOLS ?? null,
    logLevel: values.LOG_LEVEL ?? (mode === 'playground' ? 'warn' : 'info'),
    host: values.DRAWBRIDGE_HOST ?? '0.0.0.0',
    port: values.PORT ?? 8080,
    renderers: {
      default: values.DRAWBRIDGE_RENDERER ?? file.slack?.renderer ?? 'auto',
      channels: Object.fromEntries(
        Object.entries(file.slack?.channels ?? {}).map(([id, channel]) => [id, channel.renderer]),
      ),
    },
    files: filesConfig(file),
    agentLimits: {
      reads: values.DRAWBRIDGE_READS_PER_MINUTE ?? LIMITS.reads,
      creates: values.DRAWBRIDGE_CREATES_PER_MINUTE ?? LIMITS.creates,
    },
    catchUp: {
      askAfterMs: durationMs(file.catch_up?.ask_after ?? '1h'),
      oldAnswerAfterMs: durationMs(file.catch_up?.old_answer_after ?? '24h'),
    },
    gate: compilePolicy(file.gate),
  };
  const { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl = null, DRAWBRIDGE_SLACK_LIMITS: limits = 'slack' } = values;
  const transport = transportConfig(values);
  if (mode === 'playground' || !botToken || !transport || !agents)
    return { ...common, mode: 'playground', slack: null, agents };
  return { ...common, mode, slack: { botToken, transport, apiUrl, limits }, agents };
}

function transportConfig(values: Environment): SlackConfig['transport'] | null {
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret } = values;
  if (appToken) return { type: 'socket', appToken };
  return signingSecret ? { type: 'http', signingSecret } : null;
}

function filesConfig({ files }: BridgeFile): FilesConfig {
  return {
    maxSize: sizeBytes(files?.max_size ?? '500 MB'),
    maxCount: files?.max_count ?? 20,
    maxTotal: sizeBytes(files?.max_total ?? '1 GB'),
    hosts: files?.hosts ?? SLACK_FILE_HOSTS,
  };
}

function agentsConfig(values: Environment, resolved: ResolvedRoutes): AgentsConfig | null {
  const apiKey = values.ANTHROPIC_API_KEY;
  const { agent, environmentId, vaultIds, memoryStores, repositories, routes } = resolved;
  if (!apiKey || !agent || !environmentId) return null;
  const baseUrl = values.ANTHROPIC_BASE_URL ?? null;
  const webhookKey = values.ANTHROPIC_WEBHOOK_SIGNING_KEY ?? null;
  return { apiKey, baseUrl, webhookKey, agent, environmentId, vaultIds, memoryStores, repositories, routes };
}

interface ResolveSource extends Pick<LoadOptions, 'env'> {
  values: Environment;
  lock: Lock;
}

function resolve(file: BridgeFile, { values, lock, env }: ResolveSource): ResolvedRoutes {
  const given = {
    agent: values.DRAWBRIDGE_AGENT_ID,
    environmentId: values.DRAWBRIDGE_ENVIRONMENT_ID,
    vaultIds: values.DRAWBRIDGE_VAULT_IDS,
  };
  return resolveRoutes(file, { lock, groups: file.gate?.groups ?? {}, env, given });
}

function unapplied({ unapplied: names }: ResolvedRoutes): string[] {
  return names.map((name) => `${name} is declared in bridge.yaml and not made yet: run drawbridge apply`);
}

/** The settings that the file gives, well-formed or not. What is declared and not made yet gives nothing. */
function namesIn({ keys, problems }: LoadedFile, { agent, environmentId, vaultIds }: ResolvedRoutes): SettingName[] {
  const isBroken = problems.length > 0;
  const names: SettingName[] = [];
  if (agent !== null || (isBroken && keys?.includes('agents'))) names.push('DRAWBRIDGE_AGENT_ID');
  if (environmentId !== null || (isBroken && keys?.includes('environments'))) names.push('DRAWBRIDGE_ENVIRONMENT_ID');
  if (vaultIds.length > 0 || (isBroken && keys?.includes('vaults'))) names.push('DRAWBRIDGE_VAULT_IDS');
  return names;
}

/** The settings that the file will give once it is applied. */
function awaited({ agents, environments }: BridgeFile, { unapplied: names }: ResolvedRoutes): SettingName[] {
  if (names.length === 0) return [];
  const awaits: SettingName[] = [];
  if (agents) awaits.push('DRAWBRIDGE_AGENT_ID');
  if (environments) awaits.push('DRAWBRIDGE_ENVIRONMENT_ID');
  return awaits;
}

function loadBridgeFile(chosen: string | undefined, readFile: ReadFile): LoadedFile & { path: string } {
  const path = chosen ?? DEFAULT_FILE;
  try {
    return { path, ...parseBridgeFile(readFile(path), path) };
  } catch (error) {
    const code = codeOf(error);
    const nothing = { path, file: {}, place: () => [] };
    // Nobody asked for the default file, and the environment can say all of it.
    if (chosen === undefined && code === 'ENOENT') return { ...nothing, keys: [], problems: [] };
    return { ...nothing, keys: null, problems: [`${path} cannot be read (${code}): DRAWBRIDGE_CONFIG names it`] };
  }
}

/** The lock file beside a settings file that declares something; without one, nothing has been made yet. */
function loadLock(
  configFile: string,
  { file, readFile }: { file: BridgeFile; readFile: ReadFile },
): { lock: Lock; problems: string[] } {
  const declares = file.agents ?? file.environments ?? file.memory_stores;
  if (declares === undefined) return { lock: EMPTY_LOCK, problems: [] };
  const path = lockPathOf(configFile);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const code = codeOf(error);
    return { lock: EMPTY_LOCK, problems: code === 'ENOENT' ? [] : [`${path} cannot be read (${code})`] };
  }
  try {
    return { lock: parseLock(text), problems: [] };
  } catch (error) {
    return { lock: EMPTY_LOCK, problems: [`${path} ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
