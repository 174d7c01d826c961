import { describe, expect, it } from 'vitest';
import type { PlaygroundFile } from '../../../src/playground/page/contract.ts';
import { FileList, sizeInWords } from '../../../src/playground/page/files.tsx';
import { toHtml } from './to-html.ts';

const file = (more: Partial<PlaygroundFile>): PlaygroundFile => ({
  id: 'F1',
  name: 'report.csv',
  title: 'report.csv v2',
  mimetype: 'text/csv',
  size: 12_345,
  preview_url: '/playground/files/F1/report.csv',
  ...more,
});
const show = (...files: PlaygroundFile[]) => toHtml(FileList({ files }));

describe('FileList', () => {
  it('shows a picture with what it shows, or else its title, in words', () => {
    const picture = { name: 'chart.png', title: 'chart.png v3', mimetype: 'image/png' };
    expect(show(file({ ...picture, alt: 'Orders by region' }))).toContain('alt="Orders by region"');
    expect(show(file(picture))).toMatch(/<img [^>]*alt="chart.png v3"/);
  });

  it('shows everything else as a card with title, type, size and a download', () => {
    const html = show(file({}));
    expect(html).toContain('report.csv v2</strong>');
    expect(html).toContain('CSV · 12.3 kB');
    expect(html).toContain('download="report.csv" aria-label="Download report.csv"');
    expect(show(file({ name: 'LICENSE', mimetype: 'text/plain' }))).toContain('text/plain · ');
  });

  it('shows no picture of a kind that can hold a program', () => {
    expect(show(file({ name: 'x.svg', mimetype: 'image/svg+xml' }))).not.toContain('<img');
  });

  it('opens nothing outside of this server', () => {
    expect(show(file({ preview_url: 'https://example.com/x' }))).not.toContain('example.com');
  });
});

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [12_345, '12.3 kB'],
  [3_000_000, '3 MB'],
])('%i bytes are %s', (bytes, words) => {
  expect(sizeInWords(bytes)).toBe(words);
});
