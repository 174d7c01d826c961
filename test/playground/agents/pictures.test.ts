import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../../src/playground/agents/scripts/chart.ts';
import { describeBytes } from '../../../src/playground/agents/scripts/describe-bytes.ts';
import { encodePng } from '../../../src/playground/agents/scripts/png.ts';

/** The chunks of a PNG by their type. */
function chunksOf(png: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(png);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    chunks.set(
      bytes.subarray(at + 4, at + 8).toString('latin1'),
      bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)),
    );
  }
  return chunks;
}

describe('encodePng', () => {
  it('writes the pixels row by row, with a palette', () => {
    const png = encodePng({ width: 2, height: 2, pixels: Uint8Array.of(0, 1, 1, 0), colours: ['#ffffff', '#102030'] });
    const chunks = chunksOf(png);
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
    expect([...(chunks.get('PLTE') ?? [])]).toEqual([255, 255, 255, 16, 32, 48]);
    expect([...inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))]).toEqual([0, 0, 1, 0, 1, 0]);
    // The checksum of an empty last chunk is the same in every PNG.
    expect(Buffer.from(png).subarray(-4).toString('hex')).toBe('ae426082');
  });
});

describe('drawChart', () => {
  it('has a panel for each of the first six columns, and differs with the numbers', () => {
    const column = (value: number) => ({ name: 'orders', values: [value, null, -3] });
    expect(describeBytes(drawChart([column(1)]))).toBe('760 × 190 pixels');
    expect(describeBytes(drawChart(Array(9).fill(column(1))))).toBe('760 × 1040 pixels');
    expect(drawChart([column(1)])).not.toEqual(drawChart([column(9)]));
  });

  it('takes columns of zeros, of one row, and of very many', () => {
    for (const values of [[0, 0], [5], [null, 2], Array.from({ length: 100_000 }, (_, index) => index)]) {
      expect(drawChart([{ name: '', values }]).length).toBeGreaterThan(100);
    }
  });
});

describe('describeBytes', () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  it.each([
    ['a GIF', Buffer.concat([Buffer.from('GIF89a'), hex('2003 5802')]), '800 × 600 pixels'],
    ['a JPEG', hex('ffd8 ffe0 0004 0000 ffc0 0011 08 0258 0320 03'), '800 × 600 pixels'],
    [
      'a WebP',
      Buffer.concat([Buffer.from('RIFF....WEBPVP8X'), hex('0a000000 00000000 1f0300 570200')]),
      '800 × 600 pixels',
    ],
    ['a PDF', Buffer.from('%PDF-1.4 /Type /Pages /Count 2 /Type /Page /Type/Page'), '2 pages'],
    ['a PDF with packed objects', Buffer.from('%PDF-1.7 /Type /Pages /Count 12'), '12 pages'],
    ['a JPEG that ends early', hex('ffd8 ffe0 0004'), '6 bytes'],
    ['anything else', Buffer.from('hello'), '5 bytes'],
    ['nothing', Buffer.alloc(0), '0 bytes'],
  ])('reads %s', (_what, bytes, words) => {
    expect(describeBytes(bytes)).toBe(words);
  });
});
