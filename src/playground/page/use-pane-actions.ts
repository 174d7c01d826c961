import { useCallback } from 'preact/hooks';
import type { PlaygroundApi } from './api.ts';
import type { BlockAction } from './blocks/act.ts';
import type { PlaygroundMessage } from './contract.ts';
import type { Directory } from './directory.ts';
import type { PaneActions } from './pane.ts';
import type { Place } from './place.ts';

interface Options {
  api: PlaygroundApi;
  place: Place;
  directory: Directory;
  openThread: (ts: string) => void;
  fail: (error: unknown) => void;
}

/** Below this width a thread covers the channel, so it opens only when asked for. */
const SIDE_BY_SIDE = '(min-width: 900px)';

export function usePaneActions({ api, place, directory, openThread, fail }: Options): PaneActions {
  const user = place.person;
  const channel = place.channel?.id ?? '';
  // Stable, because a message is drawn anew when this changes.
  const act = useCallback(
    async (message: PlaygroundMessage, { action_id, value }: BlockAction) => {
      const action = { user, channel, message_ts: message.ts, action_id, ...(value ? { value } : {}) };
      await api.act(action).catch(fail);
    },
    // `fail` only shows a sentence; an older one does as well.
    [api, user, channel],
  );
  const reachesBot = (text: string) =>
    place.channel?.is_im === true ||
    (directory.bot !== undefined && text.toLowerCase().includes(`@${directory.bot.name.toLowerCase()}`));

  return {
    act,
    fail,
    async post({ files, ...message }) {
      const attached = files.map(({ name, base64 }) => ({ name, base64 }));
      const ts = await api.post({ user, channel, ...message, ...(attached.length > 0 ? { files: attached } : {}) });
      // The answer comes in the thread: whoever has room for it should see it begin.
      if (!message.thread_ts && reachesBot(message.text) && matchMedia(SIDE_BY_SIDE).matches) openThread(ts);
    },
    react: (message, reaction) => void api.react({ user, channel, ts: message.ts, ...reaction }).catch(fail),
    stop: (threadTs) => void api.stop({ user, channel, thread_ts: threadTs }).catch(fail),
    addToChannel: (added) => void api.join({ user: added, channel }).catch(fail),
  };
}
