/** `npm run bench`: see `USAGE`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Measured, measure } from './measure.ts';
import { callsOf, type Figures, figuresOf, type Row, tableOf } from './report.ts';
import { run } from './run.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const BOTS = ['drawbridge', 'stream', 'edit'] as const;
type BotName = (typeof BOTS)[number];

const USAGE = `Usage: npm run bench -- [options]

Plays seeded loads against a bot in a process of its own, between the local servers, and measures on their side when
people see what. Prints a table and writes all figures as JSON.

  --scenario NAME    only this one; may be given again (default: all)
  --bot NAME         only this bot; may be given again (default: all):
                       drawbridge  this bot
                       stream      Slack's own streaming helper for each thread, with the stock client
                       edit        one message, edited every second, with the stock client
  --limits MODE      on, off, or both (default: both for drawbridge, on for the others, which are compared under limits)
  --runs N           so many runs of each (default 1); the table shows the median, and the spread
  --seed N           of the first run (default 1); each run has the next
  --patience S       how long after the agents' last word it is waited for what is not seen yet (default 60)
  --quick            the smaller scenarios, drawbridge alone, less patience: to try something
  --markdown         the table as Markdown
  --out PATH         where the JSON goes (default bench-results/latest.json)

Scenarios:
${SCENARIOS.map(({ name, shows }) => `  ${name.padEnd(18)} ${shows}`).join('\n')}
`;

interface Options {
  scenarios: readonly Scenario[];
  bots: readonly BotName[];
  limits: 'on' | 'off' | 'both' | null;
  runs: number;
  seed: number;
  patienceMs: number;
  markdown: boolean;
  out: string;
}

const QUICK = ['quick', 'one-busy', 'ten-busy'];

function readOptions(): Options | null {
  const text = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      scenario: many,
      bot: many,
      limits: text,
      runs: text,
      seed: text,
      patience: text,
      quick: flag,
      markdown: flag,
      out: text,
      help: flag,
    },
  });
  if (values.help) return null;
  const quick = values.quick === true;
  return {
    scenarios: named('scenario', values.scenario ?? (quick ? QUICK : SCENARIOS.map(({ name }) => name))),
    bots: (values.bot ?? (quick ? ['drawbridge'] : BOTS)).map((bot) => oneOf('bot', BOTS, bot)),
    limits: values.limits === undefined ? null : oneOf('limits', ['on', 'off', 'both'] as const, values.limits),
    runs: whole('runs', values.runs ?? '1'),
    seed: whole('seed', values.seed ?? '1'),
    patienceMs: whole('patience', values.patience ?? (quick ? '20' : '60')) * 1_000,
    markdown: values.markdown === true,
    out: values.out ?? 'bench-results/latest.json',
  };
}

function named(option: string, names: readonly string[]): Scenario[] {
  const known = SCENARIOS.map(({ name }) => name);
  for (const name of names) oneOf(option, known, name);
  return SCENARIOS.filter(({ name }) => names.includes(name));
}

function oneOf<T extends string>(option: string, known: readonly T[], value: string): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new Error(`--${option} is one of ${known.join(', ')}, not ${value}.`);
  return found;
}

function whole(option: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${option} takes a whole number, not ${value}.`);
  return Number(value);
}

/** What is played: the product without limits first, as the others are compared with it. */
function rowsOf({ scenarios, bots, limits }: Options): Row[] {
  return scenarios.flatMap(({ name: scenario }) =>
    [false, true].flatMap((limited) =>
      bots
        .filter((bot) => {
          if (limits === 'both' || limits === (limited ? 'on' : 'off')) return true;
          return limits === null && (limited || bot === 'drawbridge');
        })
        .map((bot) => ({ scenario, bot, limited, runs: [] })),
    ),
  );
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === null) return say(USAGE);
  const rows = rowsOf(options);
  for (let round = 0; round < options.runs; round += 1) {
    for (const row of rows) {
      row.runs.push(await playOne(row, { ...options, seed: options.seed + round }));
      const { scenario, bot, limited, runs } = row;
      complain(`${scenario}, ${bot}, limits ${limited ? 'on' : 'off'}: run ${runs.length} of ${options.runs}\n`);
      // Whoever has waited long enough finds what there is.
      save(rows, options);
    }
  }
  const figures = save(rows, options);
  say(`${tableOf(figures, options)}\n${callsOf(figures)}`);
  say(`\nAll figures: ${options.out}\n`);
}

/** Writes what has been measured so far. */
function save(rows: readonly Row[], { out }: Options): Figures[] {
  const played = rows.filter(({ runs }) => runs.length > 0);
  const figures = played.map((row) => figuresOf(row, played));
  const machine = { node: process.version, processors: cpus().map(({ model }) => model) };
  const results = { at: new Date().toISOString(), machine, figures, rows: played };
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(results, null, 1)}\n`);
  return figures;
}

async function playOne(
  { scenario: name, bot, limited }: Row,
  { scenarios, seed, patienceMs }: Options,
): Promise<Measured> {
  const scenario = scenarios.find((each) => each.name === name);
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  const path = fileURLToPath(new URL(`${bot}.cjs`, import.meta.url));
  return measure(await run(scenario, { bot: path, limited, seed, patienceMs }));
}

function say(text: string): void {
  process.stdout.write(text);
}

/** Progress, which is no part of what it prints. */
function complain(text: string): void {
  process.stderr.write(text);
}

main().then(
  // What a baseline left open holds nothing up.
  () => process.exit(),
  (error: unknown) => {
    complain(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(2);
  },
);
