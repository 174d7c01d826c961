import type { World } from '../world.ts';
import { runChecks } from './checks.ts';
import { gatherFacts } from './gather.ts';
import { asJson, asText, tallyOf } from './report.ts';

export interface DoctorOptions {
  strict?: boolean;
  json?: boolean;
}

/** `drawbridge doctor`: exit code 1 when something is wrong. */
export async function doctor({ strict = false, json = false }: DoctorOptions, world: World): Promise<number> {
  const groups = runChecks(await gatherFacts(world));
  await world.print(json ? asJson(groups) : asText(groups));
  const { problems, warnings } = tallyOf(groups);
  return problems > 0 || (strict && warnings > 0) ? 1 : 0;
}
