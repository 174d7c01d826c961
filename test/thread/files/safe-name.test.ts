import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeName } from '../../../src/thread/files/safe-name.ts';

describe('a safe name', () => {
  it.each([
    ['report.csv', 'report.csv'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['.env', 'env'],
    ['  --rf.txt', 'rf.txt'],
    ["it's $(rm -rf) `x`.md", 'it_s_rm_-rf_x_.md'],
    ['Übersicht 2026 📈.xlsx', 'Übersicht_2026_📈.xlsx'],
    ['backup.tar.gz', 'backup.tar.gz'],
    ['', 'file'],
    ['...', 'file'],
    ['a\u202Egnp.exe', 'a_gnp.exe'],
  ])('of %j is %j', (title, name) => {
    expect(safeName(title)).toBe(name);
  });

  it('keeps the extension of a long one, within 200 bytes and whole characters', () => {
    const name = safeName(`${'é😀'.repeat(300)}.csv`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/[é😀]\.csv$/u);
    expect(name).not.toContain('\ufffd');
  });

  it('keeps two of one name apart, whatever their case', () => {
    expect(safeName('a.csv', ['A.csv'])).toBe('a-2.csv');
    expect(safeName('a.csv', ['a.csv', 'a-2.csv'])).toBe('a-3.csv');
    expect(safeName(`${'x'.repeat(300)}.csv`, [safeName(`${'x'.repeat(300)}.csv`)])).toMatch(/x-2\.csv$/);
  });

  it('is one plain segment, whatever people call a file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.array(fc.string()), (title, taken) => {
        const name = safeName(title, taken);
        expect(name).toMatch(/^[^\p{C}\p{Z}<>:"|?*\\/'`$!&;()[\]{}#~%]+$/u);
        expect(name).not.toMatch(/^[.-]/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        expect(taken.map((other) => other.toLowerCase())).not.toContain(name.toLowerCase());
      }),
      { numRuns: 300 },
    );
  });
});
