/** `drawbridge setup`: from nothing to a running bot. */
import type { World } from '../world.ts';
import { obtainAgent } from './agent.ts';
import { demandAll, type Given, readGiven, type SetupOptions } from './given.ts';
import type { Progress } from './obtain.ts';
import { createPlainTalk } from './plain-talk.ts';
import { save } from './save.ts';
import { runSelfTest } from './self-test.ts';
import { obtainSlackTokens } from './slack-tokens.ts';
import { Interrupted, type Talk } from './talk.ts';
import { createTerminalTalk } from './terminal-talk.ts';

const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;

/** Gives the exit code. Rejects with a CliError when nothing was written. */
export async function setUp(options: SetupOptions, world: World): Promise<number> {
  const isAttended = world.terminal.isInteractive && options.yes !== true;
  const given = await readGiven(options, world);
  if (!isAttended) demandAll(given, options);
  const talk = isAttended ? createTerminalTalk(world.terminal) : createPlainTalk(world);
  const progress: Progress = { isMade: false, isWritten: false };
  try {
    return await walk({ options, given, world, talk, isAttended, progress });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    talk.end(stoppedWords(progress));
    return EXIT_INTERRUPTED;
  }
}

function stoppedWords({ isMade, isWritten }: Progress): string {
  if (isWritten) return STOPPED_LATE;
  return `Stopped. Nothing was written${isMade ? MADE : ''}. Run it again to begin anew.`;
}

const MADE = ' to .env; what was made of bridge.yaml stands, and is found again';
const STOPPED_LATE =
  'Stopped. The settings are written: npm start runs the bot, and drawbridge setup tries it out again.';

interface Walk {
  options: SetupOptions;
  given: Given;
  world: World;
  talk: Talk;
  isAttended: boolean;
  progress: Progress;
}

async function walk({ options, given, world, talk, isAttended, progress }: Walk): Promise<number> {
  const shared = { given, world, talk, isAttended, progress };
  talk.begin('Drawbridge setup');
  if (isAttended) talk.step('What this needs', NEEDS);
  const { values: slack, bot } = await obtainSlackTokens(shared);
  const agent = await obtainAgent({ ...shared, given: { ...given, ...slack } });
  const settings = { ...slack, ...agent, ...addressesOf(given) };
  if (!(await save(settings, shared))) {
    talk.end('Nothing was written.');
    return EXIT_FAILED;
  }
  progress.isWritten = true;
  const { channel } = options;
  const test = { settings, bot: bot.name, channel, world, talk, isAttended, progress };
  const isGood = options.selfTest ? await runSelfTest(test) : null;
  talk.end(isGood === false ? NOT_YET : READY);
  return isGood === false ? EXIT_FAILED : 0;
}

const NEEDS = [
  'A Slack workspace where you may install apps, an Anthropic API key, and five minutes.',
  'Nothing is written before it has been checked. Ctrl+C stops at any time.',
];
const READY =
  'Ready. Run npm start, then write to the bot: /invite it to a channel and mention it, or write to it directly.';
const NOT_YET =
  'The settings are written, but the bot did not pass its self-test. drawbridge doctor looks for the reason.';

/** Other addresses than the platforms' own go where the tokens for them go. */
function addressesOf({ SLACK_API_URL, ANTHROPIC_BASE_URL }: Given): Given {
  return { ...(SLACK_API_URL && { SLACK_API_URL }), ...(ANTHROPIC_BASE_URL && { ANTHROPIC_BASE_URL }) };
}
