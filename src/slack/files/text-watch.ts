import { isUtf8 } from 'node:buffer';

/** Tells of bytes that come piece by piece whether all of them are text in UTF-8. */
export interface TextWatch {
  see(chunk: Uint8Array): void;
  isText(): boolean;
}

export function createTextWatch(): TextWatch {
  let isText = true;
  let begun: Uint8Array = new Uint8Array();
  return {
    see(chunk) {
      if (!isText) return;
      const bytes = begun.length > 0 ? Buffer.concat([begun, chunk]) : chunk;
      const until = wholeCharacters(bytes);
      // A zero is allowed in UTF-8, and never there in text.
      isText = !chunk.includes(0) && isUtf8(bytes.subarray(0, until));
      begun = bytes.slice(until);
    },
    isText: () => isText && begun.length === 0,
  };
}

/** How many of the bytes are no part of a character that goes on in the next piece. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
