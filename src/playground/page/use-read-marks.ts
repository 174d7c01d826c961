import { useEffect, useState } from 'preact/hooks';
import type { PlaygroundChannel } from './contract.ts';
import type { Memory } from './memory.ts';
import { isUnread, newestTs, type ReadMarks } from './unread.ts';

interface Options {
  person: string;
  channels: PlaygroundChannel[];
  open: PlaygroundChannel | undefined;
  memory: Memory;
}

/** Which channels have something new; the open one is read while it is open. */
export function useReadMarks({ person, channels, open, memory }: Options) {
  const [marks, setMarks] = useState<ReadMarks>({});
  useEffect(() => {
    // What stood there when this person first came is not news.
    const first = Object.fromEntries(channels.map((channel) => [channel.id, newestTs(channel)]));
    setMarks({ ...first, ...memory.readMarks(person) });
    // Only another person begins anew.
  }, [person, memory]);
  const seen = open && newestTs(open);
  useEffect(() => {
    if (!open || !seen) return;
    setMarks((current) => {
      const next = { ...current, [open.id]: seen };
      memory.keepReadMarks(person, next);
      return next;
    });
  }, [person, open?.id, seen, memory]);
  return (channel: PlaygroundChannel) => channel.id !== open?.id && isUnread(channel, person, marks);
}
