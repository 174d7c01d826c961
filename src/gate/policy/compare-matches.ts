import { type Groups, idsOf } from './audience.ts';
import { globCovers, globsMeet } from './glob.ts';
import { listOf } from './list-of.ts';
import type { Tool } from './policy.ts';
import type { MatchSection } from './schema.ts';

const KINDS: Tool['kind'][] = ['built-in', 'mcp', 'custom'];

/** The kinds of tool that it can be about. */
export function kindsOf({ kind, server }: MatchSection): Tool['kind'][] {
  const named = kind === undefined ? KINDS : listOf(kind);
  return server === undefined ? named : named.filter((one) => one === 'mcp');
}

/**
 * Whether a stronger rule with the match `wide` is about every call that a weaker one with the match `narrow` is about.
 * False when it cannot be told.
 */
export function covers(wide: MatchSection, narrow: MatchSection, { groups }: { groups: Groups }): boolean {
  const kinds = kindsOf(narrow);
  const coversServer =
    wide.server === undefined ||
    (narrow.server === undefined
      ? kinds.every((kind) => kind === 'mcp') && listOf(wide.server).some((glob) => /^\*+$/.test(glob))
      : globsCover(wide.server, narrow.server));
  return (
    coversServer &&
    // The wide one's server has been looked at: what is left of its kinds are those it names.
    kinds.every((kind) => kindsOf(wide).includes(kind)) &&
    (wide.tool === undefined || globsCover(wide.tool, narrow.tool ?? '*')) &&
    includesAll(wide.channel, narrow.channel) &&
    includesAll(peopleOf(wide, groups), peopleOf(narrow, groups)) &&
    // The same pattern reads at least as much when the rule is stronger.
    Object.entries(wide.input ?? {}).every(([path, pattern]) => narrow.input?.[path] === pattern)
  );
}

/** Whether some call is surely under both, whatever its input. False when it cannot be told. */
export function overlap(a: MatchSection, b: MatchSection, { groups }: { groups: Groups }): boolean {
  const sameInput = JSON.stringify(a.input) === JSON.stringify(b.input);
  return (
    sameInput &&
    kindsOf(a).some((kind) => kindsOf(b).includes(kind)) &&
    globsOverlap(a.server, b.server) &&
    globsOverlap(a.tool, b.tool) &&
    share(a.channel, b.channel) &&
    share(peopleOf(a, groups), peopleOf(b, groups))
  );
}

type Names = string | string[];

function peopleOf({ requester }: MatchSection, groups: Groups): string[] | undefined {
  return requester === undefined ? undefined : idsOf(listOf(requester), groups);
}

function globsCover(wide: Names, narrow: Names): boolean {
  return listOf(narrow).every((one) => listOf(wide).some((glob) => globCovers(glob, one)));
}

function globsOverlap(a: Names = '*', b: Names = '*'): boolean {
  return listOf(a).some((one) => listOf(b).some((other) => globsMeet(one, other)));
}

function includesAll(wide: Names | undefined, narrow: Names | undefined): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && listOf(narrow).every((one) => listOf(wide).includes(one));
}

function share(a: Names | undefined, b: Names | undefined): boolean {
  return a === undefined || b === undefined || listOf(a).some((one) => listOf(b).includes(one));
}
