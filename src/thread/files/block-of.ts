import type { FileBlock } from '../file-ports.ts';
import type { Source } from './lineage.ts';

const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const MEGABYTE = 1_000_000;
/** What the model looks at costs its attention: larger ones it reads with its tools, as far as it needs them. */
const LARGEST = { image: 5 * MEGABYTE, pdf: 20 * MEGABYTE, text: 50_000 };

/** The content block that shows a file to the model; null for what it can only read with its tools. */
export function blockOf({ fileId, title, mimetype, size, isText }: Source): FileBlock | null {
  if (IMAGES.has(mimetype)) return size <= LARGEST.image ? { type: 'image', fileId, title } : null;
  const isReadable = mimetype === 'application/pdf' ? size <= LARGEST.pdf : isSmallText({ mimetype, size, isText });
  return isReadable ? { type: 'document', fileId, title } : null;
}

function isSmallText({ mimetype, size, isText }: Pick<Source, 'mimetype' | 'size' | 'isText'>): boolean {
  return isText && mimetype === 'text/plain' && size <= LARGEST.text;
}
