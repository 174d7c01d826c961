import type { Block } from '../page/contract.ts';

/** Characters of text in all blocks, or in those of one type. */
export function textLength(blocks: readonly Block[], type?: string): number {
  return blocks
    .filter((each) => type === undefined || each.type === type)
    .reduce((sum, each) => sum + lengthOf(each), 0);
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + lengthOf(inner), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, inner]) => {
    if (typeof inner === 'string') return ['text', 'title', 'caption'].includes(key) ? sum + inner.length : sum;
    return sum + lengthOf(inner);
  }, 0);
}
