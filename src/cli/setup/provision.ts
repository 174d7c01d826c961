import { ConfigError, pathsOf } from '../../config.ts';
import { hasChanges } from '../../sessions/provisioning/plan.ts';
import { ProvisionError } from '../../sessions/provisioning/provision-error.ts';
import type { Action, Change } from '../../sessions/provisioning/step.ts';
import { CliError } from '../cli-error.ts';
import { applyFile } from '../provision/apply.ts';
import { type PlannedFile, readPlan } from '../provision/read-plan.ts';
import type { World } from '../world.ts';
import type { Given } from './given.ts';
import type { Obtaining } from './obtain.ts';

interface Options extends Obtaining {
  /** The API key is among it. */
  given: Given;
  world: World;
}

/**
 * Makes what bridge.yaml declares, as `drawbridge apply` does. False: it declares nothing that is to be made, or a person
 * did not want it. Rejects with a CliError where nobody can be asked.
 */
export async function provision({ given, talk, isAttended, progress, world: whole }: Options): Promise<boolean> {
  const world: World = { ...whole, env: () => ({ ...whole.env(), ...given }) };
  const { configFile } = pathsOf(world.env());
  if (!isThere(configFile, world)) return false;
  for (;;) {
    try {
      const planned = await talk.busy(`Looking at what ${configFile} declares …`, () => readPlan({}, world));
      if (planned.plan.steps.length === 0) return false;
      if (hasChanges(planned.plan)) {
        talk.step('Agent', describe(planned));
        const isWanted = !isAttended || (await talk.choose({ message: 'Make these now?', options: WANTED }));
        if (!isWanted) return false;
        await talk.busy('Making them …', () =>
          applyFile(planned, world, async ({ change }) => {
            progress.isMade = true;
            talk.done(doneWords(change));
          }),
        );
      }
      talk.done(
        `The agent and its environment are as ${configFile} says; ${planned.lockFile} has their ids: commit it`,
      );
      return true;
    } catch (error) {
      const words = wordsOf(error);
      if (!isAttended) throw new CliError(words, { cause: error });
      talk.wrong(words);
      if (!(await talk.choose({ message: 'What now?', options: AGAIN }))) return false;
    }
  }
}

const WANTED = [
  { value: true, label: 'Yes' },
  { value: false, label: 'No, use an agent that is there already' },
];
const AGAIN = [
  { value: true, label: 'Try again, it is mended' },
  { value: false, label: 'Use an agent that is there already' },
];

function isThere(path: string, { readFile }: World): boolean {
  try {
    readFile(path);
    return true;
  } catch (error) {
    // Whatever else is wrong with it is told when it is read.
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}

const TO_DO: Partial<Record<Action, string>> = {
  create: 'to make ',
  update: 'to change',
  adopt: 'found   ',
  conflict: 'changed elsewhere since it was applied last: see drawbridge plan',
};

function describe({ configFile, plan }: PlannedFile): string[] {
  const changes = plan.steps.map(({ change }) => change).filter(({ action }) => TO_DO[action] !== undefined);
  return [
    `${configFile} declares what answers; drawbridge plan shows it field by field:`,
    ...changes.map(({ kind, name, action }) => `  ${TO_DO[action]}  ${kind}.${name}`),
    ...plan.warnings,
  ];
}

function doneWords({ kind, name, action }: Change): string {
  const words: Partial<Record<Action, string>> = { create: 'made', update: 'changed', adopt: 'found' };
  return `${kind}.${name} ${words[action] ?? 'done'}`;
}

function wordsOf(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  if (error instanceof CliError || error instanceof ProvisionError) return error.message;
  throw error;
}
