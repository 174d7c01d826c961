import type { Change } from './contract.ts';

/**
 * Collects changes until the next frame, and of each thing only the newest: a message that grew twenty times between
 * two frames is drawn once, and a page in the background does not pile up what nobody sees.
 */
export function createChangeQueue(apply: (changes: Change[]) => void, nextFrame: (run: () => void) => void) {
  const waiting = new Map<string, Change>();
  let asked = false;
  const add = (change: Change) => {
    if (!asked) {
      asked = true;
      nextFrame(() => {
        asked = false;
        const changes = [...waiting.values()];
        waiting.clear();
        apply(changes);
      });
    }
    const thing = nameOf(change);
    // Taken out first, so that the newest also comes last.
    waiting.delete(thing);
    waiting.set(thing, change);
  };
  return { add, clear: () => waiting.clear() };
}

function nameOf(change: Change): string {
  switch (change.type) {
    case 'message':
    case 'ephemeral':
      return `${change.type} ${change.channel} ${change.message.ts}`;
    case 'deleted':
      return `${change.type} ${change.channel} ${change.ts}`;
    case 'session':
      return `${change.type} ${change.channel} ${change.session.thread_ts}`;
    case 'channel':
      return `${change.type} ${change.channel.id}`;
    case 'user':
      return `${change.type} ${change.user.id}`;
    case 'group':
      return `${change.type} ${change.group.id}`;
    case 'view':
      return `${change.type} ${change.view.id}`;
    case 'view_closed':
      return `${change.type} ${change.id}`;
    case 'traffic':
      return `${change.type} ${change.traffic.id}`;
  }
}
