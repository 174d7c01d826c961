import type { World } from '../world.ts';
import { type Group, runChecks } from './checks.ts';
import { gatherFacts } from './gather.ts';
import { asJson, asText, tallyOf } from './report.ts';
import { type SelfTestOptions, trySelf } from './try-self.ts';

export interface DoctorOptions extends SelfTestOptions {
  strict?: boolean;
  json?: boolean;
}

/** `drawbridge doctor`: exit code 1 when something is wrong. */
export async function doctor(options: DoctorOptions, world: World): Promise<number> {
  const { strict = false, json = false } = options;
  const { config, facts } = await gatherFacts(world);
  const tried = await trySelf(options, { config, facts, world });
  const groups: Group[] = [...runChecks(facts), ...(tried === null ? [] : [{ name: 'Self-test', items: tried }])];
  await world.print(json ? asJson(groups) : asText(groups));
  const { problems, warnings } = tallyOf(groups);
  return problems > 0 || (strict && warnings > 0) ? 1 : 0;
}
