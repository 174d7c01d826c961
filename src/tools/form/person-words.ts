import type { Issue } from '../schema/compile-check.ts';

const FORMATS: Record<string, string> = {
  email: 'Give an e-mail address, such as ana@example.com.',
  url: 'Give a full address, such as https://example.com.',
  date: 'Give a date, such as 2026-01-31.',
  datetime: 'Give a date and a time.',
};
const LONGEST_PATTERN = 60;

/** What is wrong with a field, for the person who filled it in. */
export function personWords(issue: Issue): string {
  const words = wordsOf(issue);
  const [first, ...rest] = issue.path;
  if (first === undefined) return words;
  // The lines of a list, or places inside of JSON.
  return typeof first === 'number' && rest.length === 0
    ? `No. ${first + 1}: ${words}`
    : `${issue.path.map(String).join('.')}: ${words}`;
}

function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_format':
      if (issue.format === 'regex') return mustMatch(issue.pattern);
      return FORMATS[issue.format] ?? `This is not a valid ${issue.format}.`;
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`;
    case 'invalid_type':
      return issue.expected === 'int' ? 'Give a whole number.' : issue.message;
    default:
      return issue.message;
  }
}

function tooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>): string {
  if (origin === 'string') return `Give at least ${minimum} characters.`;
  if (origin === 'array') return `Give at least ${minimum}.`;
  return inclusive === false ? `Give a number above ${minimum}.` : `Give ${minimum} or more.`;
}

function tooBig({ origin, maximum, inclusive }: Extract<Issue, { code: 'too_big' }>): string {
  if (origin === 'string') return `Give at most ${maximum} characters.`;
  if (origin === 'array') return `Give at most ${maximum}.`;
  return inclusive === false ? `Give a number below ${maximum}.` : `Give ${maximum} or less.`;
}

function mustMatch(pattern: string | undefined): string {
  const words = 'This does not have the form that is asked for';
  return pattern && pattern.length <= LONGEST_PATTERN ? `${words}: ${pattern}` : `${words}.`;
}
