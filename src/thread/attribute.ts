import { blame } from './fold.ts';
import type { Gate } from './gate-ports.ts';
import type { ThreadId } from './ids.ts';
import type { ReleaseInput, StopInput } from './input.ts';
import type { Inbox } from './ports.ts';
import type { Stage } from './stage.ts';

/**
 * Finds out who had a turn interrupted when the process that did so died before it could note it: what they asked for
 * lies in the inbox still. A stop has had its effect with that; a second one would stop what comes next.
 */
export async function attribute(
  thread: ThreadId,
  { stage, inbox, gate }: { stage: Stage; inbox: Inbox; gate: Gate },
): Promise<void> {
  const { interrupted, stoppedBy, cancelledBy } = stage.turn();
  if (!interrupted || stoppedBy !== null || cancelledBy !== null) return;
  const cause = (await inbox.list(thread)).find(
    (input): input is StopInput | ReleaseInput => input.type === 'stop' || input.type === 'release',
  );
  if (!cause) return;
  stage.change((turn) => blame(turn, cause.type === 'stop' ? { stoppedBy: cause.by } : { cancelledBy: cause.by }));
  if (cause.type !== 'stop') return;
  await gate.noted(cause, stage.session());
  await inbox.settle(cause);
}
