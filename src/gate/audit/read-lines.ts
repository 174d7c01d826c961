/** A line as it stands in the file, without its line feed. */
export interface Line {
  bytes: Buffer;
  /** `none`: the file ended before a line feed. `cut`: longer than allowed; only its beginning is here. */
  end: 'line-feed' | 'none' | 'cut';
}

/**
 * Splits bytes at line feeds and nothing else: a reader that is lenient about line ends would hide a changed byte.
 * Holds at most `maxBytes` and one chunk in memory, however long a line is.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes }: { maxBytes: number },
): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  let isCut = false;
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      const feed = rest.indexOf(LINE_FEED);
      const piece = feed === -1 ? rest : rest.subarray(0, feed);
      isCut ||= length + piece.length > maxBytes;
      if (!isCut) parts.push(piece);
      length = isCut ? length : length + piece.length;
      if (feed === -1) break;
      yield { bytes: Buffer.concat(parts), end: isCut ? 'cut' : 'line-feed' };
      parts = [];
      length = 0;
      isCut = false;
      rest = rest.subarray(feed + 1);
    }
  }
  if (isCut) yield { bytes: Buffer.concat(parts), end: 'cut' };
  else if (length > 0) yield { bytes: Buffer.concat(parts), end: 'none' };
}

export const LINE_FEED = 0x0a;
