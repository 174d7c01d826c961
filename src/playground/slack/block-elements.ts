import type { Block } from '../page/contract.ts';

/** All interactive elements of a block, wherever they sit. */
export function elementsOf(each: Block): Record<string, unknown>[] {
  const nested = [each.elements, each.actions].flatMap((list) => (Array.isArray(list) ? list : []));
  const cards = nested.filter((inner) => inner?.type === 'card').flatMap((inner) => elementsOf(inner));
  return [...nested, ...cards, each.accessory, each.element].filter(
    (inner): inner is Record<string, unknown> => typeof inner === 'object' && inner !== null && 'type' in inner,
  );
}
