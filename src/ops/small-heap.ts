import { setFlagsFromString } from 'node:v8';

/** In percent of what V8 would let it grow. */
const SOON = 20;
/** In percent of what was in use when it looked last. */
const MOST_GROWTH = 50;

/**
 * V8 lets what nobody refers to any more grow to several times what is in use before it looks for it: that would be most
 * of what a busy bot holds. From here on it lets it grow by no more than half, and begins to look, beside the
 * work, when a fifth of that has come together. What is left scattered over its pages it brings together when a fifth of
 * a page is free; otherwise it would wait for half. And the room for what was just made, which it would double under load
 * up to 32 or 64 MB, stays as large as the start needed.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString(`--heap-growing-percent=${MOST_GROWTH}`);
  setFlagsFromString(`--incremental-marking-soft-trigger=${SOON}`);
  setFlagsFromString('--semi-space-growth-factor=1');
}
