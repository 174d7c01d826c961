import { type Declared, loadApiAccess, loadDeclared, pathsOf } from '../../config.ts';
import { makePlan, type Plan, type PlanOptions } from '../../sessions/provisioning/plan.ts';
import { createRemote } from '../../sessions/provisioning/remote.ts';
import { CliError, unreadable } from '../cli-error.ts';
import type { World } from '../world.ts';

export interface ReadPlanOptions extends Pick<PlanOptions, 'archive' | 'overwrite'> {
  /** The settings file; without it, as the bot would find it. */
  config?: string | undefined;
}

export interface PlannedFile extends Declared {
  configFile: string;
  plan: Plan;
}

/** What would change for the API to be as a settings file says. Rejects with a ConfigError, CliError or ProvisionError. */
export async function readPlan(options: ReadPlanOptions, world: World): Promise<PlannedFile> {
  const env = world.env();
  const configFile = options.config ?? pathsOf(env).configFile;
  const { readFile } = world;
  checkReadable(configFile, world);
  const { apiKey, baseUrl, toolsFolder } = loadApiAccess(env);
  const [builtIn, all] = await Promise.all([load(null, world), load(toolsFolder, world)]);
  const names = all.map(({ name }) => name);
  const declared = loadDeclared(configFile, { readFile, customTools: names });
  const plan = await makePlan(declared.declarations, {
    remote: createRemote({ apiKey, ...(baseUrl !== null && { baseURL: baseUrl }) }),
    lock: declared.lock,
    tools: all,
    ownTools: names.filter((name) => !builtIn.some((tool) => tool.name === name)),
    ...(options.archive !== undefined && { archive: options.archive }),
    ...(options.overwrite !== undefined && { overwrite: options.overwrite }),
  });
  return { ...declared, configFile, plan };
}

function checkReadable(path: string, { readFile }: World): void {
  try {
    readFile(path);
  } catch (error) {
    throw unreadable(path, { error, advice: 'name the settings file that declares the agents with --config.' });
  }
}

async function load(folder: string | null, { loadTools }: World) {
  try {
    return await loadTools(folder);
  } catch (error) {
    // It says itself which file it is about.
    const message = error instanceof Error ? error.message.replace('Drawbridge cannot start: ', '') : String(error);
    throw new CliError(message, { cause: error });
  }
}
