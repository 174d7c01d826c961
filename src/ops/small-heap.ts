import { setFlagsFromString } from 'node:v8';

/** In percent of what V8 would let it grow. */
const SOON = 20;
/** In percent of what was in use when it looked last. */
const MOST_GROWTH = 50;
/** A quarter of V8's own numbers: bytes of bytecode of one function, and of all of them, that go into another's code. */
const MOST_INLINED = { each: 115, together: 230 };

/**
 * V8 lets what nobody refers to any more grow to several times what is in use before it looks for it: that would be most
 * of what a busy bot holds. From here on
 * - it lets it grow by no more than half, and begins to look, beside the work, when a fifth of that has come
 *   together;
 * - what is left scattered over its pages it brings together when a fifth of a page is free; otherwise it would wait for
 *   half;
 * - the room for what was just made, which it would double under load up to 32 or 64 MB, stays as large as the start
 *   needed;
 * - the code that it makes of what runs often has less of other functions copied into it. A bot waits for others most of
 *   the time, and is no slower for it.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString(`--heap-growing-percent=${MOST_GROWTH}`);
  setFlagsFromString(`--incremental-marking-soft-trigger=${SOON}`);
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--max-inlined-bytecode-size=${MOST_INLINED.each}`);
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${MOST_INLINED.together}`);
}
