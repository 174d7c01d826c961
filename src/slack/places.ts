import type { WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { createMemory } from './remember.ts';

export interface Places {
  /** `#ops`, `a direct message`, `a group message`; the channel's id when Slack cannot say. */
  label(channel: string): Promise<string>;
  /** Rejects when Slack cannot say. */
  kind(channel: string): Promise<'channel' | 'dm' | 'group_dm'>;
}

const DIRECT = 'a direct message';
const GROUP = 'a group message';

/** Channel labels by `conversations.info`. Only a direct message shows in its id what it is. */
export function createPlaces(reader: WebClient, { clock }: { clock: Clock }): Places {
  const lookUp = createMemory({
    clock,
    otherwise: (channel) => channel,
    async load(id) {
      const { channel } = await reader.conversations.info({ channel: id });
      if (channel?.is_im) return DIRECT;
      if (channel?.is_mpim) return GROUP;
      return channel?.name ? `#${channel.name}` : id;
    },
  });
  const label: Places['label'] = async (channel) => (channel.startsWith('D') ? DIRECT : lookUp(channel));
  return {
    label,
    async kind(channel) {
      const called = await label(channel);
      if (called === channel) throw new Error(`Slack did not say what ${channel} is`);
      if (called === DIRECT) return 'dm';
      return called === GROUP ? 'group_dm' : 'channel';
    },
  };
}
