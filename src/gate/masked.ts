import { mask } from '../thread/mask.ts';
import { visible } from '../thread/visible.ts';

/** Somebody's own words as others may see and keep them: people paste tokens where they should not. */
export function masked(text: string): string {
  return visible(mask(text).text);
}
