import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import type { PlaygroundState } from './contract.ts';
import { conversationTitle } from './conversation-title.ts';
import { Icon } from './icons.tsx';
import { MessageLog } from './message-log.tsx';
import type { PaneProps } from './pane.ts';
import { channelMessages, sessionOf, threadSummaries } from './state.ts';
import { Intro } from './welcome.tsx';

interface ChannelProps extends PaneProps {
  agent: PlaygroundState['agent'];
  welcome: { shown: boolean; dismiss: () => void };
  openThread: (ts: string) => void;
  openSidebar: () => void;
}

/** The channel itself: its roots, and the field to write a new one. */
export function Channel(props: ChannelProps): VNode {
  const { channel, directory, actions, memory, now, welcome, openThread, openSidebar } = props;
  const [suggestion, setSuggestion] = useState<{ text: string }>();
  const title = conversationTitle(channel, directory);
  const summaries = useMemo(() => threadSummaries(channel.messages), [channel.messages]);
  const messages = useMemo(() => channelMessages(channel, directory.me), [channel, directory.me]);
  const conversation = `${directory.me} ${channel.id}`;
  return (
    <main class="channel" aria-label={title}>
      <header class="pane-head">
        <button type="button" class="icon-button sidebar-opener" aria-label="Show conversations" onClick={openSidebar}>
          <Icon name="menu" />
        </button>
        <h1>{title}</h1>
        <Members {...props} />
      </header>
      <MessageLog
        label={`Messages in ${title}`}
        shown={conversation}
        messages={messages}
        me={directory.me}
        now={now}
        before={
          <Intro
            channel={channel}
            directory={directory}
            agent={props.agent}
            welcome={welcome}
            suggest={(text) => setSuggestion({ text })}
          />
        }
        propsOf={(message) => ({
          directory,
          act: actions.act,
          react: actions.react,
          ...('to' in message
            ? {}
            : {
                thread: {
                  summary: summaries.get(message.ts),
                  status: sessionOf(channel, message.ts)?.status,
                  open: () => openThread(message.thread_ts ?? message.ts),
                },
              }),
        })}
      />
      <Composer
        key={conversation}
        label={`Message ${title}`}
        draftKey={conversation}
        directory={directory}
        memory={memory}
        suggestion={suggestion}
        send={(text, files) => actions.post({ text, files })}
        fail={actions.fail}
      />
    </main>
  );
}

/** Who is here; and the bot, to be added where it is not. */
function Members({ channel, directory, actions }: ChannelProps): VNode {
  const { bot } = directory;
  const canAdd = bot && !channel.is_im && !channel.is_mpim && !channel.members.includes(bot.id);
  return (
    <div class="members">
      {canAdd && (
        <button type="button" class="button" onClick={() => actions.addToChannel(bot.id)}>
          Add {bot.name}
        </button>
      )}
      <span class="member-faces" role="img" aria-label={`${channel.members.length} members`}>
        {channel.members.slice(0, 4).map((user) => (
          <Avatar key={user} user={user} directory={directory} size="small" />
        ))}
      </span>
      <span class="member-count" aria-hidden="true">
        {channel.members.length}
      </span>
    </div>
  );
}
