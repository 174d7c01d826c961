import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMultipart } from '../../../src/playground/agents/multipart.ts';

const TYPE = 'multipart/form-data; boundary=XX';

async function read(body: Buffer, { cut = body.length, type = TYPE } = {}) {
  async function* pieces() {
    for (let at = 0; at < body.length; at += cut) yield body.subarray(at, at + cut);
  }
  const parts: { head: object; bytes: Buffer }[] = [];
  for await (const piece of readMultipart(pieces(), type)) {
    if (piece.type === 'head') parts.push({ head: piece, bytes: Buffer.alloc(0) });
    const last = parts.at(-1);
    if (piece.type === 'bytes' && last) last.bytes = Buffer.concat([last.bytes, piece.bytes]);
  }
  return parts;
}

function formOf(bytes: Buffer) {
  return Buffer.concat([
    Buffer.from('--XX\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--XX\r\n'),
    Buffer.from('content-disposition: form-data; name="file"; filename="a%22b.csv"\r\nContent-Type: text/csv\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--XX--\r\n'),
  ]);
}

describe('readMultipart', () => {
  it('gives fields and files with their names and types', async () => {
    expect(await read(formOf(Buffer.from('1,2')))).toEqual([
      {
        head: { type: 'head', name: 'n', filename: null, contentType: 'application/octet-stream' },
        bytes: Buffer.from('1'),
      },
      { head: { type: 'head', name: 'file', filename: 'a"b.csv', contentType: 'text/csv' }, bytes: Buffer.from('1,2') },
    ]);
  });

  it('gives the same bytes however the body is cut, with what looks like a boundary inside', async () => {
    const parts = fc.array(fc.constantFrom('\r\n', '--', 'XX', '\r\n--X', '\r', '-', 'a', '\0'), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 9 }), async (words, cut) => {
        const text = words.join('');
        fc.pre(!text.includes('\r\n--XX') && !text.startsWith('--XX'));
        const [, file] = await read(formOf(Buffer.from(text)), { cut });
        expect(file?.bytes.toString()).toBe(text);
      }),
    );
  });

  it.each([
    ['no boundary', formOf(Buffer.from('1')), 'multipart/form-data'],
    ['another type', formOf(Buffer.from('1')), 'application/json'],
    ['no end', formOf(Buffer.from('1')).subarray(0, -6), TYPE],
    ['a part without a name', Buffer.from('--XX\r\nContent-Type: text/plain\r\n\r\n1\r\n--XX--'), TYPE],
    ['an endless head', Buffer.from(`--XX\r\n${'a'.repeat(20_000)}`), TYPE],
    ['nothing', Buffer.from(''), TYPE],
  ])('refuses a body with %s', async (_what, body, type) => {
    await expect(read(body, { type })).rejects.toMatchObject({ status: 400 });
  });
});
