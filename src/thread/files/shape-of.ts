import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Shape } from './lineage.ts';

const TEXT = /^(text\/|application\/(json|xml|yaml|x-ndjson|javascript))/;
/** Larger ones are not read a second time only to count their lines. */
const LARGEST = 20_000_000;

/** How a text file looks from afar; null for what is no text, or too large to be read for it. */
export async function shapeOf(file: {
  path: string;
  name: string;
  mimetype: string;
  size: number;
}): Promise<Shape | null> {
  if (!TEXT.test(file.mimetype) || file.size > LARGEST) return null;
  const isCsv = file.mimetype === 'text/csv' || /\.csv$/i.test(file.name);
  let lines = 0;
  let columns: number | null = null;
  const input = createReadStream(file.path, 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (lines === 0 && isCsv) columns = countColumns(line);
    if (line !== '') lines += 1;
  }
  return { lines, columns };
}

function countColumns(header: string): number {
  const outsideQuotes = header.replaceAll(/"(?:[^"]|"")*"/g, '');
  return outsideQuotes.split(',').length;
}
