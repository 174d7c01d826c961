import { badRequest } from './api-error.ts';

/** A form as it comes in: the head of each part, then its bytes in pieces, then its end. */
export type FormPiece =
  | { type: 'head'; name: string; filename: string | null; contentType: string }
  | { type: 'bytes'; bytes: Buffer }
  | { type: 'end' };

const LONGEST_HEAD = 16_384;

/** Reads `multipart/form-data` piece by piece, so that a large file need not be held. Throws the 400 of a bad one. */
export async function* readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): AsyncGenerator<FormPiece> {
  const boundary = /^multipart\/form-data;.*\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '');
  if (!boundary) throw malformed();
  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`);
  let state: 'preamble' | 'delimited' | 'head' | 'bytes' | 'over' = 'preamble';
  // The first delimiter may stand at the very beginning, without a line end before it.
  let rest = Buffer.from('\r\n');
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    for (let waiting = false; !waiting && state !== 'over'; ) {
      if (state === 'preamble' || state === 'bytes') {
        const at = rest.indexOf(delimiter);
        // What may be the beginning of a delimiter is kept back.
        const until = at === -1 ? Math.max(0, rest.length - delimiter.length + 1) : at;
        if (state === 'bytes' && until > 0) yield { type: 'bytes', bytes: rest.subarray(0, until) };
        if (state === 'bytes' && at !== -1) yield { type: 'end' };
        rest = rest.subarray(at === -1 ? until : at + delimiter.length);
        if (at === -1) waiting = true;
        else state = 'delimited';
      } else if (state === 'delimited') {
        if (rest.length < 2) waiting = true;
        else if (rest.subarray(0, 2).toString() === '--') state = 'over';
        else state = 'head';
      } else {
        const at = rest.indexOf('\r\n\r\n');
        if (at > LONGEST_HEAD || (at === -1 && rest.length > LONGEST_HEAD)) throw malformed();
        if (at === -1) waiting = true;
        else {
          yield readHead(rest.subarray(0, at).toString());
          rest = rest.subarray(at + 4);
          state = 'bytes';
        }
      }
    }
  }
  if (state !== 'over') throw malformed();
}

function readHead(text: string): FormPiece {
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(text)?.[1] ?? '';
  const name = /\bname="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw malformed();
  const filename = /\bfilename="([^"]*)"/i.exec(disposition)?.[1];
  return {
    type: 'head',
    name: unescaped(name),
    filename: filename === undefined ? null : unescaped(filename),
    contentType: /^content-type:\s*([^\r\n]+)/im.exec(text)?.[1]?.trim() ?? 'application/octet-stream',
  };
}

/** The only three characters that forms escape in names. */
function unescaped(name: string): string {
  return name.replace(/%22|%0D|%0A/gi, (escaped) => decodeURIComponent(escaped));
}

function malformed() {
  return badRequest('The request body is not valid multipart/form-data');
}
