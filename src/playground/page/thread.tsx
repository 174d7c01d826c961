import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { conversationTitle } from './conversation-title.ts';
import { Icon } from './icons.tsx';
import { MessageLog } from './message-log.tsx';
import type { PaneProps } from './pane.ts';
import { sessionOf, threadMessages } from './state.ts';

interface ThreadProps extends PaneProps {
  rootTs: string;
  close: () => void;
}

/** One thread beside its channel: a root, its replies, and how its session stands. */
export function Thread(props: ThreadProps): VNode {
  const { channel, rootTs, directory, actions, memory, now, close } = props;
  const [broadcast, setBroadcast] = useState(false);
  const { root, replies } = useMemo(
    () => threadMessages(channel, rootTs, directory.me),
    [channel, rootTs, directory.me],
  );
  const title = conversationTitle(channel, directory);
  const conversation = `${directory.me} ${channel.id} ${rootTs}`;
  return (
    <aside class="thread" aria-label="Thread">
      <header class="pane-head">
        <h2>
          Thread <small>{title}</small>
        </h2>
        <button type="button" class="icon-button" aria-label="Close thread" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <MessageLog
        label="Messages in the thread"
        shown={conversation}
        messages={root ? [root, ...replies] : replies}
        me={directory.me}
        now={now}
        {...(root ? { rootTs } : {})}
        propsOf={() => ({ directory, act: actions.act, react: actions.react })}
      />
      <ThreadStatus {...props} />
      <Composer
        key={conversation}
        label="Reply in thread"
        draftKey={conversation}
        directory={directory}
        memory={memory}
        send={(text, files) => actions.post({ text, files, thread_ts: rootTs, reply_broadcast: broadcast })}
        fail={actions.fail}
      >
        {!channel.is_im && (
          <label class="also-send">
            <input
              type="checkbox"
              checked={broadcast}
              onChange={(event) => setBroadcast(event.currentTarget.checked)}
            />
            Also send to {title}
          </label>
        )}
      </Composer>
    </aside>
  );
}

/** A line of constant height, so that nothing moves when the agent begins and ends. */
function ThreadStatus({ channel, rootTs, directory, actions }: ThreadProps): VNode {
  const session = sessionOf(channel, rootTs);
  const bot = directory.bot?.name ?? 'The agent';
  return (
    <div class="thread-status">
      <output>
        {session?.status === 'processing' && <span class="working">{bot} is working…</span>}
        {session?.status === 'suspended' && <span class="waiting">{bot} is waiting for an answer</span>}
      </output>
      {session?.status === 'processing' && (
        <button type="button" class="button stop" onClick={() => actions.stop(rootTs)}>
          <span class="stop-sign" aria-hidden="true" />
          Stop
        </button>
      )}
    </div>
  );
}
