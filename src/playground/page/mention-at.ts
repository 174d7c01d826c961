import type { PlaygroundUser } from './contract.ts';

/** The mention being typed right before the caret: where it starts and what of the name is there. */
export function mentionAt(text: string, caret: number): { start: number; typed: string } | undefined {
  const match = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,30})$/u.exec(text.slice(0, caret));
  return match?.[1] === undefined ? undefined : { start: caret - match[1].length - 1, typed: match[1] };
}

export function suggestionsFor<T extends Pick<PlaygroundUser, 'name'>>(typed: string, users: T[]): T[] {
  const wanted = typed.toLowerCase();
  return users
    .filter(({ name }) =>
      name
        .toLowerCase()
        .split(/\s+/)
        .some((word) => word.startsWith(wanted)),
    )
    .slice(0, 6);
}
