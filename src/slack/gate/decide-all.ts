import type { Logger } from 'pino';
import type { Desk } from '../../thread/gate-ports.ts';
import type { Choice, QuestionId } from '../../thread/question.ts';
import { cardLine } from '../cards/card.ts';
import { BROKEN_WORDS } from './refused-words.ts';
import { rulingWords } from './ruling-words.ts';

const MAX_LINES = 8;

interface Batch {
  questions: QuestionId[];
  by: string;
  choice: Choice;
}

/**
 * Decides them side by side, since all of it has to be on disk before Slack stops waiting for the click. Gives words
 * about those that could not be decided, in their order; null: all were.
 */
export async function decideAll(
  { questions, by, choice }: Batch,
  { desk, log }: { desk: Desk; log: Logger },
): Promise<string | null> {
  const decided = questions.map(async (question) => {
    const words = await desk.decide({ question, by, choice }).then(rulingWords, (error: unknown) => {
      log.error({ err: error, question }, 'decision not recorded');
      return BROKEN_WORDS;
    });
    return words === null ? [] : [{ question, words }];
  });
  const failed = (await Promise.all(decided)).flat();
  if (failed.length === 0) return null;
  const lines = failed.slice(0, MAX_LINES).map(async ({ question, words }) => {
    // Only to name it: the reason is what matters.
    const card = await desk.card(question).catch(() => null);
    return `• ${card ? cardLine(card) : 'A request'}\n   ${words}`;
  });
  const left = failed.length - lines.length;
  return [
    `${failed.length} of ${questions.length} could not be decided:`,
    ...(await Promise.all(lines)),
    ...(left > 0 ? [`• and ${left} more`] : []),
  ].join('\n');
}
