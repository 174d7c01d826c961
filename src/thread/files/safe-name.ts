/** The API refuses longer names, counted in characters; a file system, counted in bytes. */
const LONGEST_BYTES = 200;

/**
 * A plain file name that is safe as one path segment, on the agents API and in a shell: no separators, controls, quotes
 * or invisible characters, not hidden, not too long, and different from those that are taken.
 */
export function safeName(title: string, taken: readonly string[] = []): string {
  const plain = title
    .normalize('NFC')
    .replace(/^.*[/\\]/s, '')
    .replace(/[\p{C}\p{Z}<>:"|?*\\/'`$!&;()[\]{}#~%]+/gu, '_')
    .replace(/^[._-]+|[._ ]+$/g, '');
  const { stem, extension } = split(plain || 'file');
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${cut(stem, LONGEST_BYTES - bytes(extension) - suffix.length)}${suffix}${extension}`;
    if (!taken.some((other) => other.toLowerCase() === name.toLowerCase())) return name;
  }
}

function split(name: string): { stem: string; extension: string } {
  const [, stem = name, extension = ''] = /^(.+?)((?:\.tar)?\.[\p{L}\p{N}]{1,12})$/su.exec(name) ?? [];
  return { stem, extension };
}

/** Whole characters, as many as fit. */
function cut(text: string, max: number): string {
  let room = max;
  let kept = '';
  for (const character of text) {
    room -= bytes(character);
    if (room < 0) break;
    kept += character;
  }
  return kept;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
