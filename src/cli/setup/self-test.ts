import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig, pathsOf } from '../../config.ts';
import { type JoinedChannel, joinedChannels } from '../../slack/examine/joined-channels.ts';
import { examineFolder } from '../../store/examine/examine.ts';
import type { SelfTestResult } from '../../thread/self-test.ts';
import { CliError } from '../cli-error.ts';
import type { BotSettings, World } from '../world.ts';
import type { Given } from './given.ts';
import type { Obtaining } from './obtain.ts';
import { Interrupted, type Talk } from './talk.ts';

interface Options extends Obtaining {
  /** All settings that the bot is to run with. */
  settings: Given;
  /** The bot's name in Slack. */
  bot: string;
  /** `#ops`, `ops` or `C…`, when it was given. */
  channel: string | undefined;
  world: World;
}

const RUNS =
  'A Drawbridge runs here already: start it again to take the settings, and write to it yourself. There was no self-test.';
/** As long as an agent may need to make up its mind and a sandbox to start. */
const WITHIN_MS = 120_000;

/** Lets the bot answer once in a channel. Gives whether it did; null: nobody wanted it. */
export async function runSelfTest(options: Options): Promise<boolean | null> {
  const { talk, isAttended, world } = options;
  if (examineFolder(pathsOf(world.env()).dataFolder).isInUse) {
    talk.warn(RUNS);
    return null;
  }
  if (isAttended) talk.step('Self-test', ['The bot is started, asked one question in a channel, and stopped again.']);
  let wanted = options.channel;
  for (;;) {
    try {
      const channel = await chooseChannel(wanted, options);
      if (channel === null) return null;
      if (await tryIn(channel, options)) return true;
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      talk.wrong(error instanceof Error ? error.message : String(error));
    }
    if (!isAttended) return false;
    wanted = undefined;
    if (!(await talk.confirm({ message: 'Try it once more?', usual: true }))) return false;
  }
}

async function chooseChannel(wanted: string | undefined, options: Options): Promise<JoinedChannel | null> {
  const { settings, bot, talk, isAttended } = options;
  let name = wanted;
  for (;;) {
    const channels = await talk.busy(`Looking where ${bot} is …`, () => joinedBy(settings));
    const found = channels.find(
      ({ id, name: called }) => name !== undefined && [id, called].includes(name.replace(/^#/, '')),
    );
    if (found) return found;
    if (name !== undefined) {
      const wrong = `${bot} is in no channel ${name}: invite it there with /invite @${bot}.`;
      if (!isAttended) throw new CliError(wrong);
      talk.wrong(wrong);
      name = undefined;
    }
    if (channels.length === 0) talk.warn(`${bot} is in no channel yet. In one of yours, write: /invite @${bot}`);
    const chosen = await talk.choose<JoinedChannel | 'again' | 'skip'>({
      message: 'In which channel?',
      options: [
        ...channels.map((channel) => ({ value: channel, label: `#${channel.name}` })),
        { value: 'again', label: 'Another: look again, I have invited it' },
        { value: 'skip', label: 'Leave the self-test out' },
      ],
    });
    if (chosen === 'skip') return null;
    if (chosen !== 'again') return chosen;
  }
}

async function joinedBy({ SLACK_BOT_TOKEN: botToken = '', SLACK_API_URL: apiUrl }: Given): Promise<JoinedChannel[]> {
  const channels = await joinedChannels({ botToken, apiUrl: apiUrl ?? null, log: pino({ level: 'silent' }) });
  if ('refused' in channels) throw new CliError(channels.refused);
  return channels;
}

async function tryIn(channel: JoinedChannel, options: Options): Promise<boolean> {
  const { talk, isAttended } = options;
  const result = await ask(channel, options);
  const isGood = report(result, { channel, talk });
  const isWanted =
    isAttended && !(await talk.confirm({ message: 'Remove its messages from the channel again?', usual: true }));
  if (!isWanted)
    await result
      .clear()
      .catch(() => talk.warn(`Not all that it left in #${channel.name} and its session could be removed.`));
  return isGood;
}

async function ask(channel: JoinedChannel, { settings, world, talk }: Options): Promise<SelfTestResult> {
  const ending = new AbortController();
  const trial = converse(channel, { settings, world, signal: ending.signal });
  try {
    return await talk.busy(`Asking the bot in #${channel.name} …`, () => trial);
  } catch (error) {
    ending.abort();
    // What it left in Slack is taken away, and the bot stopped, before anybody hears of it.
    await trial.catch(() => {});
    throw error;
  }
}

interface Trial {
  settings: Given;
  world: World;
  signal: AbortSignal;
}

/** By a bot of its own, beside the data folder; what people do meanwhile is left to the bot that comes after it. */
async function converse(channel: JoinedChannel, { settings, world, signal }: Trial): Promise<SelfTestResult> {
  const config = loadConfig({ env: { ...world.env(), ...settings }, readFile: world.readFile });
  if (config.mode !== 'slack') throw new CliError('The settings are those of no bot.');
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-self-test-'));
  try {
    const result = await startAndAsk({ ...config, dataFolder }, { channel, world, signal });
    if (signal.aborted) await result.clear();
    return result;
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function startAndAsk(
  config: BotSettings,
  { channel, world, signal }: { channel: JoinedChannel; world: World; signal: AbortSignal },
): Promise<SelfTestResult> {
  const bot = await world.startBot(config, { takesIn: false });
  try {
    return await bot.selfTest(channel.id, { withinMs: WITHIN_MS, signal });
  } finally {
    // Before anything is taken away, so that nothing comes after it.
    await bot.stop();
  }
}

function report(
  { outcome, said, isHeard, ms }: SelfTestResult,
  { channel, talk }: { channel: JoinedChannel; talk: Talk },
): boolean {
  if (outcome === 'answered') talk.done(`The agent answered in #${channel.name} within ${Math.ceil(ms / 1_000)} s`);
  else
    talk.wrong(
      said === '' ? NOTHING_SAID : `The bot did not give the answer it was asked for. It said: ${said.slice(0, 300)}`,
    );
  if (isHeard) talk.done('Slack tells the bot what is written there');
  else talk.wrong(NOT_HEARD);
  return outcome === 'answered' && isHeard;
}

const NOTHING_SAID = `The bot did not answer within ${WITHIN_MS / 1_000} s. drawbridge doctor looks for the reason.`;
const NOT_HEARD =
  'Slack did not tell the bot what was written there. Look at Event Subscriptions in the app (they are in the manifest), and stop other programs that are connected as it.';
