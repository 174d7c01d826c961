import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { parseThreadId, type ThreadPlace } from '../../thread/ids.ts';
import type { Ledger, Refusal, Replies } from '../../thread/ports.ts';
import type { Pacer, Write } from '../pacer/pacer.ts';
import { openReply } from './reply.ts';
import { createStreamBudget } from './stream-budget.ts';
import { createThreadWrites } from './thread-writes.ts';
import { refusalWords } from './words.ts';

export interface RepliesDeps {
  /** For writes: rejects on 429, and retries nothing. */
  client: WebClient;
  reader: WebClient;
  ledger: Ledger;
  pacer: Pacer;
  clock: Clock;
  log: Logger;
  botUserId: string;
  /** `auto`: streams in DMs and the agent pane, edited messages in channels. */
  renderer: (thread: ThreadPlace) => 'auto' | 'stream' | 'edit';
}

/** Shows turns in Slack threads. What a conversation refuses (streams, statuses) is remembered while this lives. */
export function createReplies(deps: RepliesDeps): Replies {
  const { client, reader, ledger, pacer, clock, botUserId } = deps;
  const startedAt = clock.now();
  const budget = createStreamBudget(pacer, clock);
  const refused = new Set<string>();
  const memory = (name: string) => ({ has: () => refused.has(name), add: () => void refused.add(name) });

  /** Nobody depends on it: one that Slack does not take is not said again. */
  const whisper = async ({ channel, root }: ThreadPlace, { to, why }: Refusal) => {
    const text = refusalWords(why);
    const write: Write = { method: 'chat.postEphemeral', thread: `${channel}/${root}`, class: () => 'ack' };
    try {
      await pacer.write(write, () => client.chat.postEphemeral({ channel, user: to, thread_ts: root, text }));
    } catch (err) {
      deps.log.warn({ err, channel }, 'a refusal could not be told');
    }
  };

  return {
    open(thread, { turn, recipient }) {
      const place = parseThreadId(thread);
      const wish = deps.renderer(place);
      const streams = memory(`streams ${place.channel} ${recipient?.user ?? ''}`);
      // Slack streams to a person; a turn nobody in Slack began has none.
      const mayStream = wish === 'stream' || (wish === 'auto' && place.channel.startsWith('D'));
      return openReply({
        writes: createThreadWrites({ client, reader, pacer, place, turn, botUserId }),
        ledger,
        thread,
        turn,
        clock,
        log: deps.log.child({ threadId: thread, turn }),
        startedAt,
        recipient,
        streams: mayStream && !streams.has() ? streams : null,
        statuses: memory(`statuses ${place.channel}`),
        budget,
      });
    },
    refuse: (thread, refusal) => void whisper(parseThreadId(thread), refusal),
  };
}
