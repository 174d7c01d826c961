import { assertNever } from '../../thread/assert-never.ts';
import type { Ruling } from '../../thread/question.ts';
import { escapeMrkdwn } from '../reply/disarm.ts';
import { refusedWords } from './refused-words.ts';

/** What to tell the one who clicked; null when the card itself shows what came of it. */
export function rulingWords(ruling: Ruling): string | null {
  switch (ruling.type) {
    case 'decided':
    case 'counted':
      return null;
    case 'invalid':
      return [
        'That is not a possible answer, so nothing was changed:',
        ...Object.values(ruling.errors).map(escapeMrkdwn),
      ]
        .join('\n')
        .slice(0, 3_000);
    case 'refused':
      return refusedWords(ruling);
    default:
      return assertNever(ruling);
  }
}
