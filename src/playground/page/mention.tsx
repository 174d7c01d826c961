import type { VNode } from 'preact';
import type { Directory } from './directory.ts';

export function userMention(id: string, directory: Directory): VNode {
  const mine = id === directory.me;
  return <span class={mine ? 'mention mention-me' : 'mention'}>@{directory.userName(id)}</span>;
}

export function channelMention(id: string, directory: Directory): VNode {
  return <span class="mention">#{directory.channelName(id)}</span>;
}

/** A user group; what it is called elsewhere stands for one that we do not know. */
export function groupMention(id: string, directory: Directory, label = `@${id}`): VNode {
  const group = directory.group(id);
  const mine = group?.users.includes(directory.me);
  return <span class={mine ? 'mention mention-me' : 'mention'}>{group ? `@${group.handle}` : label}</span>;
}

export function broadcastMention(range: string): VNode {
  return <span class="mention mention-me">@{range}</span>;
}
