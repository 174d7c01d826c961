import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CHAIN, link, MAX_LINE_BYTES } from '../../../src/gate/audit/chain.ts';
import { hashText } from '../../../src/gate/audit/hash.ts';
import { readLines } from '../../../src/gate/audit/read-lines.ts';
import type { AuditEntry } from '../../../src/thread/gate-ports.ts';
import type { QuestionId } from '../../../src/thread/question.ts';
import { AT, chainOf, entry, inChunks, THREAD, verify } from './entries.ts';

const text = (lines: string[]) => lines.join('');
const hashOf = (line: string | undefined): string => JSON.parse(line ?? '').hash;

describe('a line', () => {
  test('is canonical JSON with the hash of all the rest of it', () => {
    const { line, head } = link(entry('no\nnever'), EMPTY_CHAIN);
    const rest =
      `{"at":${AT},"by":"U1","choice":"deny","prev":"${'0'.repeat(64)}","question":"q1",` +
      `"reason":"no\\nnever","seq":1,"session":"sesn_1","thread":"${THREAD}","type":"decision"}`;
    expect(line).toBe(`${rest.replace('"prev"', `"hash":"${hashText(rest)}","prev"`)}\n`);
    expect(head).toEqual({ seq: 1, hash: hashText(rest) });
  });

  test('names the one before it', () => {
    const [first, second] = chainOf([entry('a'), entry('b')]).map((line) => JSON.parse(line));
    expect(second).toMatchObject({ seq: 2, prev: first.hash });
  });

  test('leaves out content that is too long, but not its hash', () => {
    const long = 'x'.repeat(MAX_LINE_BYTES);
    const base = { at: AT, thread: THREAD, session: null, by: 'U1' };
    const question: AuditEntry = {
      ...base,
      type: 'question',
      question: 'q1' as QuestionId,
      subject: 'tool',
      event: 'sevt_1',
      tool: { kind: 'built-in', name: 'bash' },
      requesters: ['U1'],
      inputHash: 'abc',
      input: { command: long },
    };
    const input: AuditEntry = { ...base, type: 'input', input: 'message', ts: '1', textHash: 'def', text: long };
    expect(JSON.parse(link(question, EMPTY_CHAIN).line)).toMatchObject({ inputHash: 'abc' });
    expect(JSON.parse(link(question, EMPTY_CHAIN).line)).not.toHaveProperty('input');
    expect(JSON.parse(link(input, EMPTY_CHAIN).line)).toMatchObject({ input: 'message', textHash: 'def' });
    expect(JSON.parse(link(input, EMPTY_CHAIN).line)).not.toHaveProperty('text');
    expect(JSON.parse(link({ ...question, input: 'y' }, EMPTY_CHAIN).line)).toHaveProperty('input', 'y');
    expect(() => link(entry(long), EMPTY_CHAIN)).toThrow(RangeError);
  });
});

describe('verifying', () => {
  test('gives the number of entries and the head, in pieces of any size', async () => {
    const lines = chainOf([entry('a'), entry('ü🍏\u2028\r'), entry('\ud800')]);
    for (const chunk of [1, 7, 4096]) {
      expect(await verify(text(lines), { chunk })).toEqual({ ok: true, head: { seq: 3, hash: hashOf(lines[2]) } });
    }
    expect(await verify('')).toEqual({ ok: true, head: EMPTY_CHAIN });
  });

  const lines = chainOf(['a', 'b', 'c', 'd', 'e'].map((reason) => entry(reason)));
  const [a = '', b = '', c = '', d = '', e = ''] = lines;
  const forged = link(entry('forged'), { seq: 1, hash: hashOf(a) }).line;
  test.each([
    ['a changed word', [a, b, c.replace('"deny"', '"approve"'), d], 3, 3, /does not match its content/],
    ['a changed hash', [a, b.replace(hashOf(b), hashOf(a)), c], 2, 2, /does not match its content/],
    ['an entry replaced, with a hash that fits', [a, forged, c], 3, 3, /does not follow the entry before it/],
    ['an entry taken out', [a, b, d, e], 3, 4, /is entry 4, but entry 2 stands before it/],
    ['the first entry taken out', [b, c], 1, 2, /the first must be 1/],
    ['two entries swapped', [a, c, b, d], 2, 3, /is entry 3, but entry 1/],
    ['an entry doubled', [a, b, b, c], 3, 2, /is entry 2, but entry 2/],
    ['a blank', [a, b.replace(':', ': '), c], 2, 2, /bytes were changed/],
    ['a key twice', [a, b.replace('{', '{"by":"U2",'), c], 2, 2, /bytes were changed/],
    ['Windows line ends', [a.replace('\n', '\r\n')], 1, 1, /bytes were changed/],
    ['an empty line', [a, '\n', b], 2, null, /cannot be read/],
    ['something else', [a, 'hello\n', b], 2, null, /cannot be read/],
    ['JSON that is no entry', [a, '{"seq":2}\n'], 2, null, /cannot be read/],
    ['JSON that is too deep', [a, `${'['.repeat(50_000)}${']'.repeat(50_000)}\n`], 2, null, /cannot be read/],
    ['an endless line', [a, 'x'.repeat(MAX_LINE_BYTES + 1), '\n', b], 2, null, /is longer than/],
    ['an endless last line', [a, 'x'.repeat(MAX_LINE_BYTES + 1)], 2, null, /is longer than/],
    ['half a last line', [a, b.slice(0, 40)], 2, null, /is not finished/],
    ['a last line without its line feed', [a, b.trimEnd()], 2, 2, /is not finished/],
  ])('finds %s', async (_, changed, line, seq, problem) => {
    const found = await verify(text(changed));
    expect(found).toMatchObject({ ok: false, broken: { line, seq, problem: expect.stringMatching(problem) } });
    expect(found.head.seq).toBe(line - 1);
  });

  test('cannot see by itself that the end was cut off, but against a head that was noted it can', async () => {
    expect(await verify(text([a, b]))).toMatchObject({ ok: true, head: { seq: 2, hash: hashOf(b) } });
    expect(await verify(text(lines), { expectedHead: hashOf(c) })).toMatchObject({ ok: true, head: { seq: 5 } });
    expect(await verify(text([a, b]), { expectedHead: hashOf(c) })).toMatchObject({
      ok: false,
      broken: { line: 3, problem: expect.stringContaining('were cut off the end') },
    });
  });

  const entries = fc.array(fc.record({ reason: fc.string({ unit: 'binary', maxLength: 20 }), at: fc.nat() }), {
    minLength: 1,
    maxLength: 6,
  });
  const chains = entries.map((some) => chainOf(some.map(({ reason, at }) => entry(reason, { at }))));

  test('finds any byte that is changed, removed, added or swapped', async () => {
    const damage = fc.record({
      kind: fc.constantFrom('change', 'remove', 'insert', 'swap'),
      where: fc.nat(),
      other: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(chains, damage, async (chain, { kind, where, other, byte }) => {
        const bytes = Buffer.from(text(chain));
        const changed = damageBytes(bytes, {
          kind,
          at: where % (bytes.length + (kind === 'insert' ? 1 : 0)),
          to: other % bytes.length,
          byte,
        });
        fc.pre(!changed.equals(bytes));
        expect(await verify(changed, { chunk: 1 + (other % 300) })).toMatchObject({ ok: false });
      }),
      { numRuns: 2000 },
    );
  });

  test('finds any line that is removed, doubled or moved, unless it is cut off the end', async () => {
    await fc.assert(
      fc.asyncProperty(chains, fc.nat(), fc.nat(), async (chain, from, to) => {
        const at = from % chain.length;
        const without = chain.toSpliced(at, 1);
        const line = chain[at] ?? '';
        const variants = [
          without.toSpliced(to % chain.length, 0, line),
          chain.toSpliced(to % (chain.length + 1), 0, line),
        ];
        if (at < chain.length - 1) variants.push(without);
        for (const variant of variants.filter((one) => text(one) !== text(chain))) {
          expect(await verify(text(variant))).toMatchObject({ ok: false });
        }
      }),
    );
  });

  test('finds any line of another chain, or shows another head', async () => {
    await fc.assert(
      fc.asyncProperty(chains, chains, fc.nat(), fc.nat(), async (chain, others, from, to) => {
        const other = others[from % others.length] ?? '';
        const at = to % chain.length;
        const whole = await verify(text(chain));
        for (const variant of [chain.with(at, other), chain.toSpliced(at, 0, other), [...chain, other]]) {
          if (text(variant) === text(chain)) continue;
          const found = await verify(text(variant));
          expect(found).not.toEqual(whole);
          if (variant.at(-1) === chain.at(-1)) expect(found).toMatchObject({ ok: false });
        }
      }),
    );
  });
});

function damageBytes(
  bytes: Buffer,
  { kind, at, to, byte }: { kind: string; at: number; to: number; byte: number },
): Buffer {
  const changed = Buffer.from(bytes);
  switch (kind) {
    case 'change':
      changed[at] = byte;
      return changed;
    case 'swap':
      changed[at] = bytes[to] ?? 0;
      changed[to] = bytes[at] ?? 0;
      return changed;
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  }
}

describe('reading lines', () => {
  test('keeps every byte between line feeds, wherever the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028') }),
        fc.nat(5),
        async (input, size) => {
          let again = '';
          for await (const { bytes, end } of readLines(inChunks(Buffer.from(input), size + 1), { maxBytes: 100 })) {
            expect(bytes.includes(0x0a)).toBe(false);
            again += bytes.toString() + (end === 'line-feed' ? '\n' : '');
          }
          expect(again).toBe(input);
        },
      ),
    );
  });

  test('never holds more of a line than allowed', async () => {
    const seen: [boolean, string][] = [];
    const input = Buffer.from(`${'x'.repeat(50)}\n${'y'.repeat(51)}\nz\n`);
    for await (const { bytes, end } of readLines(inChunks(input, 8), { maxBytes: 50 })) {
      seen.push([bytes.length <= 50, end]);
    }
    expect(seen).toEqual([
      [true, 'line-feed'],
      [true, 'cut'],
      [true, 'line-feed'],
    ]);
  });
});
