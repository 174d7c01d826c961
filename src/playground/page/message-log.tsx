import { type ComponentChildren, Fragment, type VNode } from 'preact';
import type { PlaygroundMessage } from './contract.ts';
import { Icon } from './icons.tsx';
import { Message, type MessageProps } from './message.tsx';
import { dateOf, dayLabel, sameDay } from './time.ts';
import { usePinnedScroll } from './use-pinned-scroll.ts';

interface MessageLogProps {
  label: string;
  /** What is shown, so that another conversation starts at its end. */
  shown: string;
  messages: PlaygroundMessage[];
  /** The reader, who is taken to the end by what they write. */
  me: string;
  now: () => number;
  before?: ComponentChildren;
  /** Under the message of this timestamp stands a line with the number of replies. */
  rootTs?: string;
  propsOf: (message: PlaygroundMessage) => Omit<MessageProps, 'message' | 'continued'>;
}

/** Messages under their days, kept at the end while they grow. */
export function MessageLog({ label, shown, messages, me, now, before, rootTs, propsOf }: MessageLogProps): VNode {
  const { scroller, content, onScroll, away, toEnd } = usePinnedScroll(
    `${shown} ${messages.findLast(({ user }) => user === me)?.ts}`,
  );
  const replies = messages.length - 1;
  return (
    <div class="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable to be scrolled by keys. */}
      <div class="log" role="log" aria-live="polite" aria-label={label} ref={scroller} onScroll={onScroll} tabIndex={0}>
        <div class="log-content" ref={content}>
          {before}
          {messages.map((message, index) => {
            const previous = messages[index - 1];
            const newDay = !previous || !sameDay(previous.ts, message.ts);
            const afterRoot = previous?.ts === rootTs && rootTs !== undefined;
            return (
              <Fragment key={message.ts}>
                {newDay && !afterRoot && <div class="day">{dayLabel(message.ts, now())}</div>}
                {afterRoot && <div class="reply-count">{replies === 1 ? '1 reply' : `${replies} replies`}</div>}
                <Message
                  message={message}
                  continued={!newDay && !afterRoot && follows(previous, message)}
                  {...propsOf(message)}
                />
              </Fragment>
            );
          })}
        </div>
      </div>
      {away && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" /> Jump to latest
        </button>
      )}
    </div>
  );
}

const TOGETHER_MS = 5 * 60_000;

function follows(previous: PlaygroundMessage, message: PlaygroundMessage): boolean {
  const gapMs = dateOf(message.ts).getTime() - dateOf(previous.ts).getTime();
  return previous.user === message.user && gapMs < TOGETHER_MS && !('to' in message) && !('to' in previous);
}
