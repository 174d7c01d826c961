import { loadPolicy, pathsOf } from '../config.ts';
import type { Policy } from '../gate/policy/policy.ts';
import { CliError, unreadable } from './cli-error.ts';
import { caveat } from './judge-call.ts';
import { testOnAudit } from './policy-on-audit.ts';
import { testOnFile } from './policy-on-file.ts';
import type { World } from './world.ts';

export interface PolicyTestOptions {
  config?: string;
  data?: string;
  since?: string;
  json?: boolean;
}

/** `drawbridge policy test`: exit code 1 when a call is judged otherwise than expected. */
export async function testPolicy(file: string | undefined, options: PolicyTestOptions, world: World): Promise<number> {
  const { since, json = false, data } = options;
  if ((file === undefined) === (since === undefined)) {
    throw new CliError('Give either a file of tool calls, or --since for those of the audit.');
  }
  const policy = readPolicy(options, world);
  const exitCode =
    file === undefined
      ? await testOnAudit(policy, { since: since ?? '', json, ...(data === undefined ? {} : { data }) }, world)
      : await testOnFile(policy, { file, json }, world);
  world.complain(caveat(policy));
  return exitCode;
}

function readPolicy({ config }: PolicyTestOptions, world: World): Policy {
  const path = config ?? pathsOf(world.env()).configFile;
  try {
    world.readFile(path);
  } catch (error) {
    throw unreadable(path, { error, advice: 'name the settings file that has the policy with --config.' });
  }
  return loadPolicy(path, world.readFile);
}
