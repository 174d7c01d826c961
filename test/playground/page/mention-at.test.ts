import { describe, expect, it } from 'vitest';
import { mentionAt, suggestionsFor } from '../../../src/playground/page/mention-at.ts';

const users = [
  { id: 'U1', name: 'Ann' },
  { id: 'U2', name: 'Ann Lee' },
  { id: 'UB', name: 'Drawbridge' },
];

describe('mention suggestions', () => {
  it('sees a mention only where one begins', () => {
    expect(mentionAt('hi @dra', 7)).toEqual({ start: 3, typed: 'dra' });
    expect(mentionAt('@', 1)).toEqual({ start: 0, typed: '' });
    expect(mentionAt('me@dra', 6)).toBeUndefined();
    expect(mentionAt('@dra later', 10)).toBeUndefined();
  });

  it('finds people by the start of any of their names', () => {
    expect(suggestionsFor('lee', users).map(({ id }) => id)).toEqual(['U2']);
    expect(suggestionsFor('', users)).toHaveLength(3);
  });
});
