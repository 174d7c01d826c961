import type { ComponentChild, VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Avatar } from './avatar.tsx';
import type { BlockAction, BlockContext } from './blocks/act.ts';
import { renderBlocks } from './blocks/blocks.tsx';
import type { PlaygroundMessage, PlaygroundSession } from './contract.ts';
import type { Directory } from './directory.ts';
import { emojiFor } from './emoji.ts';
import { FileList } from './files.tsx';
import { Icon } from './icons.tsx';
import { renderMrkdwn } from './mrkdwn.tsx';
import type { ThreadSummary } from './state.ts';
import { renderStream } from './stream.tsx';
import { clockTime, fullTime } from './time.ts';

export interface MessageProps {
  message: PlaygroundMessage;
  directory: Directory;
  act: (message: PlaygroundMessage, action: BlockAction) => Promise<void>;
  react: (message: PlaygroundMessage, reaction: { name: string; remove: boolean }) => void;
  /** Follows a message of the same person so closely that name and picture need not be repeated. */
  continued: boolean;
  /** What the root of a thread shows of it; absent inside the thread. */
  thread?: { summary: ThreadSummary | undefined; status: PlaygroundSession['status'] | undefined; open: () => void };
}

export function Message({ message, directory, act, react, continued, thread }: MessageProps): VNode {
  const body = useMemo(
    () => renderBody(message, { directory, act: (action) => act(message, action) }),
    [message, directory, act],
  );
  const name = directory.userName(message.user);
  const onlyMe = 'to' in message;
  return (
    <article
      class={`message${continued ? ' message-continued' : ''}${onlyMe ? ' message-ephemeral' : ''}`}
      aria-label={`${name}, ${clockTime(message.ts)}`}
      aria-busy={message.stream?.state === 'streaming'}
      data-ts={message.ts}
    >
      <div class="message-side">
        {continued ? <Time ts={message.ts} short /> : <Avatar user={message.user} directory={directory} />}
      </div>
      <div class="message-main">
        {!continued && (
          <header class="message-head">
            <strong>{name}</strong>
            {(message.bot_id || directory.isBot(message.user)) && <span class="badge">APP</span>}
            <Time ts={message.ts} />
          </header>
        )}
        {onlyMe && <div class="only-me">Only visible to you</div>}
        {body}
        {message.files && message.files.length > 0 && <FileList files={message.files} />}
        <Reactions message={message} directory={directory} react={react} />
        {thread && <ThreadLink {...thread} directory={directory} />}
      </div>
      {thread && (
        <div class="message-tools">
          <button
            type="button"
            class="icon-button"
            aria-label="Open thread"
            title="Reply in a thread"
            onClick={thread.open}
          >
            <Icon name="reply" />
          </button>
        </div>
      )}
    </article>
  );
}

/** Messages that report something rather than say it. */
const SYSTEM = new Set(['channel_join', 'channel_leave', 'tombstone']);

function renderBody(message: PlaygroundMessage, context: BlockContext): ComponentChild {
  const edited = message.edited && !message.stream && <span class="edited">(edited)</span>;
  if (message.stream) return renderStream(message.stream, context);
  const system = message.subtype && SYSTEM.has(message.subtype);
  // What people type has the same content in both; its text alone carries their marks (`code`, *bold*).
  const typed = !context.directory.isBot(message.user) && message.text;
  if (!typed && message.blocks && message.blocks.length > 0) {
    return (
      <>
        {renderBlocks(message.blocks, context)}
        {edited}
      </>
    );
  }
  if (!message.text && !edited) return null;
  return (
    <div class={system ? 'mrkdwn system' : 'mrkdwn'}>
      {renderMrkdwn(message.text, context.directory)} {edited}
    </div>
  );
}

/** `short` fits beside a message: without the half of the day. */
function Time({ ts, short = false }: { ts: string; short?: boolean }): VNode {
  return (
    <time class="time" title={fullTime(ts)}>
      {short ? clockTime(ts).replace(/\s*[AP]M$/i, '') : clockTime(ts)}
    </time>
  );
}

function Reactions({ message, directory, react }: Pick<MessageProps, 'message' | 'directory' | 'react'>): VNode | null {
  if (!message.reactions || message.reactions.length === 0) return null;
  return (
    <div class="reactions">
      {message.reactions.map(({ name, users }) => {
        const mine = users.includes(directory.me);
        const words = name.replaceAll('_', ' ');
        return (
          <button
            type="button"
            key={name}
            class="reaction"
            aria-pressed={mine}
            aria-label={`Reaction ${words}, ${users.length}`}
            title={`${users.map(directory.userName).join(', ')} reacted with :${name}:`}
            onClick={() => react(message, { name, remove: mine })}
          >
            <span>{emojiFor(name)}</span> {users.length}
          </button>
        );
      })}
    </div>
  );
}

type ThreadLinkProps = NonNullable<MessageProps['thread']> & { directory: Directory };

function ThreadLink({ summary, status, open, directory }: ThreadLinkProps): VNode | null {
  const bot = directory.bot?.name ?? 'The agent';
  const busy = status === 'processing' || status === 'suspended';
  if (!summary && !busy) return null;
  const count = summary?.count ?? 0;
  return (
    <div class="thread-line">
      <button type="button" class="thread-link" onClick={open}>
        {summary && (
          <span class="thread-faces" aria-hidden="true">
            {summary.users.slice(0, 4).map((user) => (
              <Avatar key={user} user={user} directory={directory} size="small" />
            ))}
          </span>
        )}
        {count === 0 ? 'View thread' : count === 1 ? '1 reply' : `${count} replies`}
      </button>
      {status === 'processing' && <span class="thread-note working">{bot} is working…</span>}
      {status === 'suspended' && <span class="thread-note waiting">{bot} is waiting for an answer</span>}
      {!busy && summary && <span class="thread-note">Last reply {clockTime(summary.lastTs)}</span>}
    </div>
  );
}
