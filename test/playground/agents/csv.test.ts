import { describe, expect, it } from 'vitest';
import { summarise } from '../../../src/playground/agents/scripts/csv.ts';

describe('summarise', () => {
  it('counts rows and columns and takes the mean of columns of numbers', () => {
    const { rows, columns, csv } = summarise('name,price,stock\napple,1.5,10\npear,2.5,\n');
    expect([rows, columns]).toEqual([2, ['name', 'price', 'stock']]);
    expect(csv.split('\n')).toEqual(['column,filled,mean', 'name,2,', 'price,2,2', 'stock,1,10']);
  });

  it('reads quoted fields with commas, quotes and line ends', () => {
    const { rows, columns, csv } = summarise('"a, b","say ""hi"""\r\n"two\nlines",4\r\nx,6');
    expect([rows, columns]).toEqual([2, ['a, b', 'say "hi"']]);
    expect(csv).toContain('"say ""hi""",2,5');
  });

  it('finds nothing in an empty file', () => {
    expect(summarise('')).toMatchObject({ rows: 0, columns: [''] });
  });
});
