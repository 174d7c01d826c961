import { parseEnv } from 'node:util';
import { environmentSchema, type SettingName } from '../../settings.ts';
import { CliError } from '../cli-error.ts';
import type { World } from '../world.ts';

export interface SetupOptions {
  botToken?: string;
  appToken?: string;
  anthropicKey?: string;
  agent?: string;
  environment?: string;
  /** For the self-test: `#ops`, `ops` or `C…`. */
  channel?: string;
  /** False: `--no-self-test`. */
  selfTest: boolean;
  /** Settings come from stdin, as `NAME=value`. */
  stdin?: boolean;
  yes?: boolean;
}

export type Given = Partial<Record<SettingName, string>>;

/** What set-up may get without asking: flags win over stdin, stdin over the environment, that over `.env`. */
export async function readGiven(options: SetupOptions, world: World): Promise<Given> {
  const fromStdin = options.stdin ? parseEnv(await world.readStdin()) : {};
  const fromFlags = {
    SLACK_BOT_TOKEN: options.botToken,
    SLACK_APP_TOKEN: options.appToken,
    ANTHROPIC_API_KEY: options.anthropicKey,
    DRAWBRIDGE_AGENT_ID: options.agent,
    DRAWBRIDGE_ENVIRONMENT_ID: options.environment,
  };
  const given: Given = {};
  for (const source of [world.env(), fromStdin, fromFlags]) {
    for (const name of Object.keys(environmentSchema.shape) as SettingName[]) {
      const value = (source as NodeJS.Dict<string>)[name]?.trim();
      if (value) given[name] = value;
    }
  }
  return given;
}

/** What is wrong with a value by its form alone. Never shows a credential. */
export function faultOf(name: SettingName, value: string): string | undefined {
  if (value === '') return 'Paste it here.';
  const parsed = environmentSchema.shape[name].safeParse(value);
  return parsed.success ? undefined : `This ${parsed.error.issues[0]?.message}.`;
}

const FLAGS: [SettingName, string][] = [
  ['SLACK_BOT_TOKEN', '--bot-token'],
  ['SLACK_APP_TOKEN', '--app-token'],
  ['ANTHROPIC_API_KEY', '--anthropic-key'],
];

/** Throws a CliError that names all that an unattended run still needs. */
export function demandAll(given: Given, { yes, channel, selfTest }: SetupOptions): void {
  const isOverHttp = given.SLACK_SIGNING_SECRET !== undefined;
  const needed = FLAGS.filter(([name]) => !(isOverHttp && name === 'SLACK_APP_TOKEN'));
  const missing = needed.filter(([name]) => given[name] === undefined).map(([name, flag]) => `${flag}, or ${name}`);
  if (selfTest && channel === undefined) missing.push('--channel, for the self-test, or --no-self-test');
  if (!yes) missing.push('--yes');
  if (missing.length === 0) return;
  const list = missing.map((one) => `\n  - ${one}`).join('');
  throw new CliError(
    `Nothing can be asked here. Missing:${list}\nSettings may stand in the environment, or come through --stdin.`,
  );
}
