import type { VNode } from 'preact';
import type { Directory } from './directory.ts';
import { Mark } from './icons.tsx';

const TINTS = 8;

interface AvatarProps {
  user: string;
  directory: Directory;
  size?: 'small' | 'medium';
}

/** Initials on a colour of their own; the bot has the mark of the house. */
export function Avatar({ user, directory, size = 'medium' }: AvatarProps): VNode {
  const bot = directory.isBot(user);
  return (
    <span
      class={`avatar avatar-${size} ${bot ? 'avatar-bot' : `tint-${directory.position(user) % TINTS}`}`}
      aria-hidden="true"
    >
      {bot ? <Mark /> : initials(directory.userName(user))}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...(word ?? '')][0]) : [[...name][0]];
  return letters.join('').toUpperCase() || '?';
}
