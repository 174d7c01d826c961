import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import type { SelfTestResult } from '../../thread/self-test.ts';
import { CliError } from '../cli-error.ts';
import type { Bot, World } from '../world.ts';
import type { Facts } from './facts.ts';
import { fine, type Item, problem, unknown, warning } from './item.ts';

export interface SelfTestOptions {
  /** The channel or direct message to do it in. */
  selfTest?: string;
  /** What was posted stays. */
  keep?: boolean;
}

interface Setup {
  config: Config | null;
  facts: Facts;
  world: World;
}

const WITHIN_MS = 180_000;

/**
 * One conversation through a bot of its own, between the platforms of the settings. What people do meanwhile is left to
 * the bot that comes after it. Null: it was not asked for. Rejects with a CliError where it cannot be done.
 */
export async function trySelf(options: SelfTestOptions, { config, facts, world }: Setup): Promise<Item[] | null> {
  const { selfTest: channel, keep = false } = options;
  if (channel === undefined) return null;
  if (!/^[CDG][A-Z0-9]+$/.test(channel)) {
    throw new CliError("--self-test needs a channel's id: it stands at the end of the channel's About tab, C….");
  }
  if (facts.folder.isInUse) {
    throw new CliError(
      'A Drawbridge runs on this data folder, and Slack would give each of the two only some of the messages: ' +
        'stop it for the self-test, or write to it yourself.',
    );
  }
  if (config?.mode !== 'slack') return [unknown('The whole way of a message', 'The settings must be right first.')];
  const dataFolder = mkdtempSync(join(tmpdir(), 'drawbridge-self-test-'));
  try {
    return await converse(channel, { config: { ...config, dataFolder }, keep, world });
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

interface Trial {
  config: Parameters<World['startBot']>[0];
  keep: boolean;
  world: World;
}

async function converse(channel: string, { config, keep, world }: Trial): Promise<Item[]> {
  const startedAt = world.now();
  let bot: Bot;
  try {
    bot = await world.startBot(config, { takesIn: false });
  } catch (error) {
    return [failed('The bot does not start', error)];
  }
  const connected = fine(`The bot was connected to Slack after ${seconds(world.now() - startedAt)}.`);
  let result: SelfTestResult;
  try {
    result = await bot.selfTest(channel, { withinMs: WITHIN_MS });
  } catch (error) {
    return [connected, failed(`Nothing can be posted in ${channel}`, error)];
  } finally {
    // Before anything is taken away, so that nothing comes after it.
    await bot.stop();
  }
  const left = keep ? [] : await clear(result);
  return [connected, heard(channel, result), answered(channel, result), ...left];
}

function failed(what: string, error: unknown): Item {
  const why = error instanceof Error ? error.message : String(error);
  return problem('self-test-failed', {
    says: `${what}: ${why}`,
    why: 'Nobody would get an answer.',
    todo: 'Change what it says; into a channel, the bot has to be invited first (/invite).',
  });
}

function heard(channel: string, { isHeard }: SelfTestResult): Item {
  if (isHeard) return fine('Slack told the bot of what was posted there: the events of such conversations come.');
  const event = { C: 'message.channels, or message.groups where it is private', D: 'message.im', G: 'message.mpim' };
  return problem('self-test-unheard', {
    says: 'Slack did not tell the bot of what was posted there.',
    why: 'It does not hear what people write in such conversations.',
    todo: `Subscribe the app to ${event[channel[0] as 'C']} (manifest/manifest.json has it), install it again, and stop other programs that are connected as it.`,
  });
}

function answered(channel: string, { outcome, said, ms }: SelfTestResult): Item {
  if (outcome === 'answered') return fine(`The agent answered in ${channel} after ${seconds(ms)}.`);
  const says =
    outcome === 'late'
      ? `The agent did not answer within ${seconds(WITHIN_MS)}.`
      : `The agent did not say the word that it was asked for. The bot said: ${said || 'nothing'}`;
  return problem('self-test-unanswered', {
    says,
    why: 'This is what people would get.',
    todo: 'Look at the session at platform.claude.com → Sessions, and at the findings above.',
  });
}

async function clear(result: SelfTestResult): Promise<Item[]> {
  try {
    await result.clear();
    return [];
  } catch (error) {
    return [
      warning('self-test-left', {
        says: `What was posted could not be taken away (${error instanceof Error ? error.message : String(error)}).`,
        why: 'It stands in the channel for everybody to see.',
        todo: 'Delete it by hand.',
      }),
    ];
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
