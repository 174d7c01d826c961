/** What the first bytes say a file is; null when they say nothing. A type of office files is `zip` or `ole` here. */
export type BytesKind =
  | 'image/png'
  | 'image/jpeg'
  | 'image/gif'
  | 'image/webp'
  | 'application/pdf'
  | 'application/gzip'
  | 'zip'
  | 'ole'
  | 'html'
  | null;

/** How much of the beginning is looked at: readers of PDF find its mark anywhere in here. */
export const HEAD_BYTES = 1_024;

/** With entries, without any, and split. */
const ARCHIVES = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];
const PICTURES: BytesKind[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function bytesKind(head: Uint8Array): BytesKind {
  // One character per byte, so that offsets stay what they are.
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES)).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(text)) return 'image/gif';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'image/webp';
  if (ARCHIVES.some((mark) => text.startsWith(mark))) return 'zip';
  if (text.startsWith('\x1f\x8b')) return 'application/gzip';
  if (text.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return 'ole';
  if (/^(\xef\xbb\xbf)?\s*<(!doctype html|html)[\s>]/i.test(text)) return 'html';
  return text.includes('%PDF-') ? 'application/pdf' : null;
}

/** The type to go by: what the bytes say where they say it, else what was declared. */
export function trueType(declared: string, kind: BytesKind): string {
  switch (kind) {
    case null:
    case 'ole':
    case 'html':
      return declared;
    case 'zip':
      // Office files, books and packages are archives too, and the declared type says which.
      return /^application\/(?!octet-stream)/.test(declared) ? declared : 'application/zip';
    default:
      return kind;
  }
}

/**
 * Whether the bytes are something else than was declared, in a way that matters: what is to be shown to the model or
 * opened by a program has to be of that kind. A picture of another kind than its name says is still a picture.
 */
export function contradicts(declared: string, kind: BytesKind): boolean {
  const wanted = wantedKinds(declared);
  if (wanted) return !wanted.includes(kind);
  return kind === 'html' && /^(image\/(?!svg)|audio\/|video\/|font\/)/.test(declared);
}

function wantedKinds(declared: string): BytesKind[] | null {
  if (/^image\/(png|jpe?g|gif|webp)$/.test(declared)) return PICTURES;
  if (declared === 'application/pdf') return ['application/pdf'];
  if (/^application\/(x-)?zip(-compressed)?$/.test(declared)) return ['zip'];
  if (/^application\/(x-)?gzip$/.test(declared)) return ['application/gzip'];
  // With a password on it, an office file is wrapped in the older container.
  if (/^application\/vnd\.(openxmlformats-|oasis\.opendocument\.)/.test(declared)) return ['zip', 'ole'];
  return null;
}
