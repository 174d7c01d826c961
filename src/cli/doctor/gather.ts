import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { placeFindings } from '../../bridge-file.ts';
import { type Clock, realClock } from '../../clock.ts';
import { type Config, ConfigError, loadConfig, pathsOf } from '../../config.ts';
import { verifyChain } from '../../gate/audit/chain.ts';
import { readAudit } from '../../gate/audit/read-audit.ts';
import { checkStart, PolicyError } from '../../gate/check-start.ts';
import { checkPolicy } from '../../gate/policy/check.ts';
import { listOf } from '../../gate/policy/list-of.ts';
import type { Policy } from '../../gate/policy/policy.ts';
import { checkRoutes, RouteError } from '../../sessions/check-routes.ts';
import { type AgentsExamined, examineAgents } from '../../sessions/examine/examine.ts';
import { environmentSchema } from '../../settings.ts';
import { examineSlack, type SlackExamined } from '../../slack/examine/examine.ts';
import { examineFolder } from '../../store/examine/examine.ts';
import type { Directory } from '../../thread/gate-ports.ts';
import { CliError } from '../cli-error.ts';
import { readPlan } from '../provision/read-plan.ts';
import type { World } from '../world.ts';
import type { Facts } from './facts.ts';

/** Asks the machine and both platforms once. Rejects with a CliError where nothing is set up. */
export async function gatherFacts(world: World): Promise<{ facts: Facts; config: Config | null }> {
  const env = world.env();
  const { problems, config } = readSettings(env, world);
  const clock: Clock = { ...realClock, now: world.now };
  const dataFolder = config?.dataFolder ?? pathsOf(env).dataFolder;
  const folder = examineFolder(dataFolder);
  const [slack, agents, tools, audit, declared] = await Promise.all([
    examine(env, { config, clock, opensSocket: !folder.isInUse }),
    askAgents(config, clock),
    loadTools(config?.toolsFolder ?? null, world),
    readWholeAudit(join(dataFolder, 'audit.jsonl')),
    problems.length === 0 ? readDeclared(world) : null,
  ]);
  const policy = config?.gate ?? null;
  const findings = policy === null ? [] : await findInPolicy(policy, { tools, directory: slack.directory });
  const facts: Facts = {
    node: world.node,
    envFile: lookAt(world.envFile),
    settings: problems,
    folder: { ...folder, path: dataFolder, audit, filesTotal: config?.files.maxTotal ?? null },
    transport: isOverHttp(env, config) ? 'http' : 'socket',
    slack,
    agents,
    declared,
    routeProblem: await findInRoutes(config, slack.directory),
    tools,
    policy,
    policyFindings:
      findings.length === 0 ? [] : placeFindings(findings, { path: pathsOf(env).configFile, readFile: world.readFile }),
  };
  return { facts, config };
}

function lookAt(path: string): Facts['envFile'] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : { path, mode: stat.mode };
}

type Env = ReturnType<World['env']>;

/** What is wrong with the settings, and as much of them as can be used. */
function readSettings(env: Env, { readFile }: World): { problems: readonly string[]; config: Config | null } {
  const load = (playground: boolean) => loadConfig({ env, readFile, playground });
  try {
    const config = load(false);
    if (config.mode === 'slack') return { problems: [], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems, config: orNull(() => load(true)) };
  }
  throw new CliError(
    'Nothing is set up here: neither Slack nor an agent is in the settings, so the playground would start. ' +
      'drawbridge setup leads through all of it.',
  );
}

function orNull<T>(load: () => T): T | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof ConfigError) return null; // its problems are known from the whole
    throw error;
  }
}

function isOverHttp(env: Env, config: Config | null): boolean {
  if (config?.mode === 'slack') return config.slack.transport.type === 'http';
  return Boolean(env.SLACK_SIGNING_SECRET?.trim()) && !env.SLACK_APP_TOKEN?.trim();
}

interface Asking {
  config: Config | null;
  clock: Clock;
  opensSocket: boolean;
}

/** Slack's settings stand by themselves: what is wrong with the others keeps nobody from asking it. */
function examine(env: Env, { config, clock, opensSocket }: Asking): Promise<SlackExamined> {
  const valid = <Name extends 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN' | 'SLACK_API_URL'>(name: Name) => {
    const parsed = environmentSchema.shape[name].safeParse(env[name]?.trim() || undefined);
    return parsed.success ? (parsed.data ?? null) : null;
  };
  return examineSlack({
    botToken: valid('SLACK_BOT_TOKEN'),
    appToken: valid('SLACK_APP_TOKEN'),
    apiUrl: valid('SLACK_API_URL'),
    opensSocket,
    channels: config === null ? [] : channelsOf(config),
    clock,
    log: pino({ level: 'silent' }),
  });
}

function channelsOf({ renderers, gate, agents }: Config): string[] {
  const inRules = (gate.section.rules ?? []).flatMap(({ match }) => listOf(match.channel ?? []));
  const inRoutes = (agents?.routes ?? []).flatMap(({ match }) => match.channels ?? []);
  return [...new Set([...Object.keys(renderers.channels), ...inRules, ...inRoutes])];
}

async function askAgents(config: Config | null, clock: Clock): Promise<AgentsExamined | null> {
  const agents = config?.agents ?? null;
  if (agents === null) return null;
  const targets = [agents, ...agents.routes];
  return examineAgents({
    apiKey: agents.apiKey,
    baseURL: agents.baseUrl,
    agents: [...new Map(targets.map(({ agent }) => [`${agent.id}@${agent.version}`, agent])).values()],
    environments: [...new Set(targets.map(({ environmentId }) => environmentId))],
    vaults: [...new Set(targets.flatMap(({ vaultIds }) => vaultIds))],
    clock,
  });
}

async function readDeclared(world: World): Promise<Facts['declared']> {
  try {
    const { plan } = await readPlan({}, world);
    return plan.steps.map(({ change }) => change);
  } catch {
    // No file, no answer, no tools: each is said where it belongs.
    return null;
  }
}

async function findInRoutes(config: Config | null, directory: Directory | null): Promise<string | null> {
  if (directory === null || config?.agents == null) return null;
  try {
    await checkRoutes(config.agents.routes, directory);
    return null;
  } catch (error) {
    if (error instanceof RouteError) return error.message;
    throw error;
  }
}

async function loadTools(folder: string | null, world: World): Promise<Facts['tools']> {
  try {
    const [all, builtIn] = await Promise.all([world.loadTools(folder), world.loadTools(null)]);
    const names = all.map(({ name }) => name);
    return { names, own: names.filter((name) => builtIn.every((one) => one.name !== name)), refused: null };
  } catch (error) {
    return { names: null, refused: error instanceof Error ? error.message : String(error) };
  }
}

async function readWholeAudit(path: string): Promise<Facts['folder']['audit']> {
  try {
    return await verifyChain(readAudit(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' ? null : { refused: `${path} cannot be read (${code}).` };
  }
}

async function findInPolicy(
  policy: Policy,
  { tools: { names }, directory }: { tools: Facts['tools']; directory: Directory | null },
) {
  if (names === null || directory === null) return checkPolicy(policy.section, { customTools: names ?? undefined });
  try {
    await checkStart(policy, { tools: { names: () => names, find: () => undefined }, directory });
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.findings;
    throw error;
  }
}
