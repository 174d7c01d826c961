import type { PlaygroundChannel } from './contract.ts';
import type { Directory } from './directory.ts';

/** `#ops` for a channel; the others in it for a direct conversation. */
export function conversationTitle(channel: PlaygroundChannel, directory: Directory): string {
  if (!channel.is_im && !channel.is_mpim) return `#${channel.name}`;
  const others = channel.members.filter((id) => id !== directory.me).map(directory.userName);
  return others.join(', ') || channel.name;
}
