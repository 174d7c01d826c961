import type { PlaygroundChannel } from './contract.ts';
import { compareTs } from './state.ts';

/** For each channel, the newest timestamp its reader has seen. */
export type ReadMarks = Record<string, string>;

export function newestTs(channel: PlaygroundChannel): string {
  return channel.messages.reduce((newest, { ts }) => (compareTs(ts, newest) > 0 ? ts : newest), '0');
}

/** Whether somebody else wrote in the channel since the person last looked. */
export function isUnread(channel: PlaygroundChannel, person: string, marks: ReadMarks): boolean {
  const seen = marks[channel.id] ?? '0';
  return channel.messages.some(({ ts, user }) => user !== person && compareTs(ts, seen) > 0);
}
