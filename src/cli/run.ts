/** The command line: `drawbridge` by itself is the bot, everything else a command that ends. */
import { Command, CommanderError, Option } from 'commander';
import { exportAudit, FORMATS } from './audit-export.ts';
import { verifyAudit } from './audit-verify.ts';
import { CliError } from './cli-error.ts';
import { type DoctorOptions, doctor } from './doctor/doctor.ts';
import { type ManifestOptions, printManifest } from './manifest.ts';
import { type PolicyTestOptions, testPolicy } from './policy-test.ts';
import { type ApplyCommandOptions, apply } from './provision/apply.ts';
import { type PlanCommandOptions, plan } from './provision/plan.ts';
import { type ReplayOptions, replay } from './replay/replay.ts';
import type { SetupOptions } from './setup/given.ts';
import { setUp } from './setup/setup.ts';
import type { StartOptions, World } from './world.ts';

/** Bad arguments, and whatever else a person must change first. */
const EXIT_SETUP = 2;

/**
 * Does what the arguments ask for. Gives the exit code, or null when the bot was started and runs. Throws what starting
 * the bot throws, and a ConfigError.
 */
export async function runCli(args: readonly string[], world: World): Promise<number | null> {
  let exitCode: number | null = 0;
  const written: string[] = [];
  const program = createProgram(world, {
    write: (text) => void written.push(text),
    ended: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CliError) {
      world.complain(`${error.message}\n`);
      return error.exitCode;
    }
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for: these are "errors" to commander, but of exit code 0.
    exitCode = error.exitCode === 0 ? 0 : usageExit(args);
  }
  if (written.length > 0) await world.print(written.join(''));
  return exitCode;
}

/** Of plan and apply, 2 says something else. */
function usageExit([command = '']: readonly string[]): number {
  return ['plan', 'apply'].includes(command) ? 1 : EXIT_SETUP;
}

interface Ends {
  write(text: string): void;
  ended(exitCode: number | null): void;
}

function createProgram(world: World, { write, ended }: Ends): Command {
  const program = new Command('drawbridge')
    .description('Drawbridge: every Slack thread is a session with a hosted agent.')
    // Commands inherit these, so they come first.
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: (text) => world.complain(text),
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError()
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .version(world.version, '--version', 'print the version')
    .option('--playground', PLAYGROUND)
    .addHelpText('after', SETTINGS)
    .option('--record <path>', 'write what people and the agent do to a new file, or into a folder, for replay')
    .option('--record-text', 'with --record: keep the texts; ids, addresses and credentials are replaced all the same')
    .action(async (options: BotOptions) => {
      await world.start(startOptions(options));
      ended(null);
    });
  addSetup(program, { world, ended });
  addPlan(program, { world, ended });
  addApply(program, { world, ended });
  addDoctor(program, { world, ended });
  addReplay(program, { world, ended });
  addAudit(program, { world, ended });
  addPolicy(program, { world, ended });
  addManifest(program, { world, ended });
  return program;
}

interface BotOptions {
  playground?: boolean;
  record?: string;
  recordText?: boolean;
}

function startOptions({ playground = false, record, recordText = false }: BotOptions): StartOptions {
  if (record !== undefined) return { playground, record: { path: record, keepsText: recordText } };
  if (recordText) throw new CliError('--record-text says how to record: give --record as well.');
  return { playground };
}

const WIDTH = 100;

const PLAYGROUND =
  'a local Slack in the browser instead of a real one; with real Anthropic settings the page talks to the real agent';

const SETTINGS = `
Settings come from the environment, .env and manifest/bridge.yaml; the README lists them.
Without any Slack and Anthropic settings the playground starts by itself.`;

interface Rest {
  world: World;
  ended: Ends['ended'];
}

function addSetup(program: Command, { world, ended }: Rest): void {
  program
    .command('setup')
    .description('lead from nothing to a running bot: Slack app, tokens, agent, settings, self-test')
    .option('--bot-token <token>', 'xoxb-…, instead of SLACK_BOT_TOKEN')
    .option('--app-token <token>', 'xapp-…, instead of SLACK_APP_TOKEN')
    .option('--anthropic-key <key>', 'sk-ant-…, instead of ANTHROPIC_API_KEY')
    .option('--agent <id>', 'agent_…, or agent_…@3; instead of what bridge.yaml declares')
    .option('--environment <id>', 'env_…')
    .option('--channel <channel>', 'where the self-test is, such as #ops; the bot must be in it')
    .option('--no-self-test', 'leave the self-test out')
    .option('--stdin', 'take settings from stdin too, one NAME=value on each line')
    .option('--yes', 'ask nothing')
    .addHelpText('after', SETUP)
    .action(async (options: SetupOptions) => ended(await setUp(options, world)));
}

const SETUP = `
What is in the environment or in .env already is checked and kept. Give secrets in the environment
or through --stdin: flags can be seen in the list of processes.

Without a terminal, or with --yes, nothing is asked: what is missing is named, and values in .env
are replaced.

Exit code 0: the settings are written, and the bot answered. 1: they are written, and it did not.
2: something must be changed first; nothing was written. 130: it was stopped with Ctrl+C.`;

function addPlan(program: Command, { world, ended }: Rest): void {
  program
    .command('plan')
    .description('show what would change for agents and environments to be as bridge.yaml declares them')
    .addOption(configOption())
    .option('--archive', 'as apply --archive would do it')
    .option('--overwrite', 'as apply --overwrite would do it')
    .option('--json', 'for a program')
    .addHelpText('after', PLAN)
    .action(async (options: PlanCommandOptions) => ended(await plan(options, world)));
}

const PLAN = `
It needs ANTHROPIC_API_KEY and changes nothing. + is made, ~ is changed, - is archived, = is found
and noted, ! was changed elsewhere, ? is not declared any more.

Exit code 0: nothing would change. 2: something would. 1: it cannot be said.`;

function addApply(program: Command, { world, ended }: Rest): void {
  program
    .command('apply')
    .description('make and change agents and environments to be as bridge.yaml declares them')
    .addOption(configOption())
    .option('--archive', 'archive what is not declared any more, which cannot be undone')
    .option('--overwrite', 'set back what was changed elsewhere since it was last applied')
    .option('--dry-run', 'change nothing: the same as drawbridge plan')
    .option('--json', 'for a program')
    .addHelpText('after', APPLY)
    .action(async (options: ApplyCommandOptions) => ended(await apply(options, world)));
}

const APPLY = `
The ids go into bridge.lock.json beside the settings file: commit it. Interrupted, it can be run
again. Sessions that run keep the version of the agent that they began with; new ones have the new.

Exit code 0: all is as declared. 1: something is not, and is told. 2, with --dry-run: something
would change.`;

function configOption(): Option {
  return new Option('--config <file>', 'the settings file (default: DRAWBRIDGE_CONFIG, or manifest/bridge.yaml)');
}

function addDoctor(program: Command, { world, ended }: Rest): void {
  program
    .command('doctor')
    .description('check the set-up, and say of what is wrong why it matters and what to do')
    .option('--self-test <channel>', 'send one conversation through the whole bridge, in this channel (C…) or DM (D…)')
    .option('--keep', 'leave there what the self-test posted')
    .option('--strict', 'fail for warnings, too')
    .option('--json', 'for a program')
    .addHelpText('after', DOCTOR)
    .action(async (options: DoctorOptions) => ended(await doctor(options, world)));
}

const DOCTOR = `
It looks at this machine, the settings, the data folder, Slack, the agent and its environment, and
whether the policy's questions ever come to the gate. It changes nothing, and may be run beside a
running Drawbridge. Where none runs, it opens a Socket Mode connection for a moment.

The self-test starts a bot of its own, with a data folder of its own, posts a question as the bot,
and waits for the agent's answer. Stop the Drawbridge that runs with these settings first. What
people write meanwhile is left to the next one. It costs one short answer of the agent.

Exit code 0: nothing is wrong, or only warnings. 1: something is, or with --strict there are
warnings. 2: it cannot be run.`;

function addReplay(program: Command, { world, ended }: Rest): void {
  program
    .command('replay')
    .description('play a recording with the bot between two local servers, and print the Slack calls that result')
    .argument('<file>', 'a recording, as --record makes it')
    .option('--speed <times>', 'how many times faster than it was recorded', '3')
    .option('--json', 'for a program')
    .addHelpText('after', REPLAY)
    .action(async (file: string, options: ReplayOptions) => ended(await replay(file, options, world)));
}

const REPLAY = `
People of the local workspace play those of the recording, and the local agent says and calls what
the recorded session did. Nothing is asked of Slack or the agent of your settings, and the policy of
bridge.yaml plays no part: what people decided is decided again. Pauses are at most ten seconds of
the recording.

Exit code 0: it went as it was recorded. 1: it went another way, and where is said. 2: the file is
no recording.`;

function addAudit(program: Command, { world, ended }: Rest): void {
  const audit = program
    .command('audit')
    .description('what people decided and what the agent was told, to be proved later')
    .helpCommand(false);

  audit
    .command('verify')
    .description('check that nothing in the audit was changed, removed, added or moved')
    .addOption(dataOption())
    .option('--head <hash>', 'a hash that was noted before; it must still be in the audit')
    .addHelpText('after', VERIFY)
    .action(async (options: { data?: string; head?: string }) => ended(await verifyAudit(options, world)));

  audit
    .command('export')
    .description('print entries of the audit')
    .option('--thread <thread>', 'of one thread only: team/channel/ts, channel/ts, or a link to a message in it')
    .option('--since <time>', 'from then on: 30d, 12h, or a date such as 2026-01-31')
    .addOption(new Option('--format <format>', 'for a spreadsheet or for a program').choices(FORMATS).default('csv'))
    .addOption(dataOption())
    .action(async (options: ExportOptions) => ended(await exportAudit(options, world)));
}

type ExportOptions = Parameters<typeof exportAudit>[0];

const VERIFY = `
Exit code 0: all is as it was written. 1: the first broken entry is named. 2: there is no audit.

A chain of hashes cannot show by itself that entries were cut off its end, or that it was written
anew from some entry on. Both show in the head: note it elsewhere now and then, and give it with
--head. Drawbridge also logs it whenever it starts and stops.`;

function addPolicy(program: Command, { world, ended }: Rest): void {
  program
    .command('policy')
    .description('what the agent may do')
    .helpCommand(false)
    .command('test')
    .description('judge tool calls by the policy in bridge.yaml, without asking anybody')
    .argument('[file]', 'tool calls: a JSON array, or one as JSON on each line')
    .option('--since <time>', 'instead of a file, those of the audit: 30d, 12h, or a date such as 2026-01-31')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--json', 'for a program')
    .addHelpText('after', POLICY_TEST)
    .action(async (file: string | undefined, options: PolicyTestOptions) =>
      ended(await testPolicy(file, options, world)),
    );
}

const POLICY_TEST = `
A call: {"tool": "bash", "input": {"command": "ls"}, "channel": "C123", "requester": "U123",
"expect": "ask"}. Only the tool is needed. "server" names its MCP server; "kind" is built-in, mcp or
custom; "requesters" are several; "people": "allow" is for a custom tool that asks nobody by itself.
Without an input, the verdict is unknown where a rule reads it.

With --since, the calls in the audit are judged anew, and held against what people had decided.

Exit code 0: done. 1: a call was judged otherwise than it expects, or the audit is broken.
2: something must be changed first.`;

function addManifest(program: Command, { world, ended }: Rest): void {
  program
    .command('manifest')
    .description('print the manifest to make the Slack app from')
    .option('--http <address>', 'for deliveries over HTTP instead of Socket Mode, to a bot at this https:// address')
    .action(async (options: ManifestOptions) => ended(await printManifest(options, world)));
}

function dataOption(): Option {
  return new Option('--data <folder>', 'the data folder (default: DRAWBRIDGE_DATA, or data)');
}
