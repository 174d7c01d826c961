/** Slack's own streaming helper for each thread, with the stock client. */
import type { ChatStreamer } from '@slack/web-api';
import { type Place, type Showing, startBaseline } from './follow.ts';

/** A stream holds no more than about 12,000 characters, and 50 tasks. */
const MOST_CHARACTERS = 10_000;
const MOST_TASKS = 40;

function show({ client, channel, thread_ts, user, team }: Place): Showing {
  let streamer: ChatStreamer | null = null;
  let characters = 0;
  const tasks = new Map<string, string>();
  const open = () => {
    streamer ??= client.chatStream({ channel, thread_ts, recipient_user_id: user, recipient_team_id: team });
    return streamer;
  };
  const rollOver = async () => {
    await streamer?.stop();
    streamer = null;
    characters = 0;
    tasks.clear();
  };
  const task = async (id: string, status: 'in_progress' | 'complete') => {
    const title = tasks.get(id) ?? id;
    await open().append({ chunks: [{ type: 'task_update', id, title: title.slice(0, 250), status }] });
  };
  return {
    begin: () =>
      open()
        .append({ chunks: [{ type: 'markdown_text', text: 'Working on it…\n\n' }] })
        .then(() => {}),
    async delta(text) {
      if (characters + text.length > MOST_CHARACTERS) await rollOver();
      characters += text.length;
      await open().append({ markdown_text: text });
    },
    // It has come in deltas.
    message: async () => {},
    async tool(id, title) {
      if (tasks.size >= MOST_TASKS) await rollOver();
      tasks.set(id, title);
      await task(id, 'in_progress');
    },
    toolDone: (id) => task(id, 'complete'),
    end: rollOver,
  };
}

void startBaseline(show);
