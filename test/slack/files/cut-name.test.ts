import { describe, expect, it } from 'vitest';
import { cutName } from '../../../src/slack/files/cut-name.ts';

describe('a name that is too long for Slack', () => {
  it.each([
    ['report.csv', 'report.csv'],
    ['a-very-long-report.csv', 'a-very-….csv'],
    ['a-very-long-report.csv v12', 'a-v….csv v12'],
    ['a-very-long-archive.tar.gz', 'a-ve….tar.gz'],
    ['a-very-long-name', 'a-very-long…'],
    ['a-sentence. And more of it', 'a-sentence.…'],
  ])('is cut where it says least: %s', (name, shorter) => {
    const cut = cutName(name, 12);
    expect(cut.length).toBeLessThanOrEqual(12);
    expect(cut).toBe(shorter);
  });

  it('is not cut through a character', () => {
    expect(cutName(`${'📈'.repeat(10)}.csv`, 12)).toBe('📈📈📈….csv');
  });
});
