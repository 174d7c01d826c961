import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesKind, contradicts, trueType } from '../../../src/slack/files/bytes-kind.ts';
import { createTextWatch } from '../../../src/slack/files/text-watch.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const kindOf = (text: string) => bytesKind(Buffer.from(text, 'latin1'));

describe('what the first bytes say', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n....', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x10\x00\x00\x00WEBPVP8 ', 'image/webp'],
    ['RIFF\x10\x00\x00\x00WAVEfmt ', null],
    ['%PDF-1.7', 'application/pdf'],
    ['some mail header\r\n%PDF-1.4', 'application/pdf'],
    [`${' '.repeat(2_000)}%PDF-1.4`, null],
    ['PK\x03\x04', 'zip'],
    ['PK\x05\x06', 'zip'],
    ['\x1f\x8b\x08', 'application/gzip'],
    ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole'],
    ['<!DOCTYPE html><html>', 'html'],
    ['\xef\xbb\xbf\n <HTML lang="en">', 'html'],
    ['<htmlish>', null],
    ['a,b\n1,2\n', null],
    ['', null],
  ])('%j is %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });

  it.each([
    ['image/png', 'image/jpeg', 'image/jpeg', false],
    ['image/png', 'html', 'image/png', true],
    ['image/png', null, 'image/png', true],
    ['image/svg+xml', null, 'image/svg+xml', false],
    ['image/heic', null, 'image/heic', false],
    ['image/heic', 'html', 'image/heic', true],
    ['application/pdf', 'application/pdf', 'application/pdf', false],
    ['application/pdf', 'zip', 'application/pdf', true],
    [XLSX, 'zip', XLSX, false],
    [XLSX, 'ole', XLSX, false],
    [XLSX, 'html', XLSX, true],
    ['application/vnd.ms-excel', null, 'application/vnd.ms-excel', false],
    ['application/zip', 'application/gzip', 'application/gzip', true],
    ['application/x-gzip', 'application/gzip', 'application/gzip', false],
    ['application/octet-stream', 'zip', 'application/zip', false],
    ['application/octet-stream', 'application/pdf', 'application/pdf', false],
    ['text/csv', null, 'text/csv', false],
    ['text/html', 'html', 'text/html', false],
    ['text/plain', 'image/png', 'image/png', false],
  ] as const)('declared %s with bytes of %s', (declared, kind, type, isContradiction) => {
    expect(contradicts(declared, kind)).toBe(isContradiction);
    if (!isContradiction) expect(trueType(declared, kind)).toBe(type);
  });
});

describe('text in UTF-8', () => {
  const isText = (...pieces: Uint8Array[]) => {
    const watch = createTextWatch();
    for (const piece of pieces) watch.see(piece);
    return watch.isText();
  };

  it('is found wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), fc.nat(), (text, a, b) => {
        const bytes = Buffer.from(text.replaceAll('\0', ''));
        const [from = 0, to = 0] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y);
        expect(isText(bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to))).toBe(true);
      }),
    );
  });

  it('is not what has a zero, a byte too few, or a byte of another encoding', () => {
    expect(isText(Buffer.from('a\0b'))).toBe(false);
    expect(isText(Buffer.from('né').subarray(0, 2))).toBe(false);
    expect(isText(Buffer.from('né', 'latin1'), Buffer.from('e'))).toBe(false);
    expect(isText(Buffer.from('é').subarray(1))).toBe(false);
    expect(isText(Buffer.from('a', 'utf16le'))).toBe(false);
  });
});
