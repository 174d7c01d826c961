import type { BearerWatch } from './bearer-watch.ts';
import type { Lookup } from './lookup.ts';
import type { Message } from './model.ts';
import type { SessionStore } from './session-store.ts';
import type { Workspace } from './workspace.ts';

/** What a strict reviewer of a run would complain about, in words. */
export interface Problems {
  list(): string[];
}

const PING = /<!(channel|here|everyone|subteam\^(?<group>\w*))/g;
const EDIT_PAUSE_MS = 1_000;

export function createProblems(
  workspace: Workspace,
  sources: { sessions: SessionStore; lookup: Lookup; bearers: BearerWatch; unanswered: () => string[] },
): Problems {
  const edits = new Map<string, number>();
  const seen: string[] = [];
  workspace.listen((happening) => {
    if (happening.type === 'posted' || happening.type === 'changed') notePing(happening.message, { workspace, seen });
    if (happening.type !== 'changed') return;
    const { message, previous } = happening;
    if (!message.bot_id || message.edited === previous.edited) return;
    const key = `${message.channel} ${message.ts}`;
    const now = workspace.clock.now();
    const last = edits.get(key);
    edits.set(key, now);
    if (last !== undefined && now - last < EDIT_PAUSE_MS) seen.push(`${key} was edited twice within a second`);
  });

  return {
    list: () => [
      ...new Set(seen),
      ...sources.lookup.doubts(),
      ...sources.bearers.list(),
      ...sources.unanswered(),
      ...repeats(workspace),
      ...[...workspace.channels.values()]
        .flatMap(({ messages }) => messages)
        .filter(({ stream }) => stream?.state === 'streaming')
        .map(({ channel, ts }) => `${channel} ${ts} is still streaming`),
      ...sources.sessions
        .all()
        .filter(({ status }) => status === 'processing')
        .map(({ channel, threadTs }) => `the session of ${channel} ${threadTs} is left processing`),
    ],
  };
}

/** A bot may call the people of a group that there is: those who named it in the settings want that. */
function notePing(message: Message, { workspace, seen }: { workspace: Workspace; seen: string[] }): void {
  const said = JSON.stringify([message.text, message.blocks, message.attachments]);
  const pings = [...said.matchAll(PING)].some(({ groups }) => !workspace.groups.has(groups?.group ?? ''));
  if (message.bot_id && pings) seen.push(`${message.channel} ${message.ts} pings everyone`);
}

/** The same thing said twice in a row in one thread. */
function repeats(workspace: Workspace): string[] {
  const last = new Map<string, Message>();
  const found: string[] = [];
  for (const { id, messages } of workspace.channels.values()) {
    for (const message of messages) {
      const thread = `${id} ${message.thread_ts ?? message.ts}`;
      const before = last.get(thread);
      last.set(thread, message);
      if (!before || !message.bot_id || !before.bot_id || message.files || says(before) !== says(message)) continue;
      found.push(`${id} ${message.ts} repeats the message before it`);
    }
  }
  return found;
}

function says({ text, blocks }: Message): string {
  return JSON.stringify([text, (blocks ?? []).map(({ block_id: _, ...block }) => block)]);
}
