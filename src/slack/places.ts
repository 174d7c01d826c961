import type { WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { createMemory } from './remember.ts';

export interface Places {
  /** `#ops`, `a direct message`, `a group message`; the channel's id when Slack cannot say. */
  label(channel: string): Promise<string>;
}

/** Channel labels by `conversations.info`. Only a direct message shows in its id what it is. */
export function createPlaces(reader: WebClient, { clock }: { clock: Clock }): Places {
  const lookUp = createMemory({
    clock,
    otherwise: (channel) => channel,
    async load(id) {
      const { channel } = await reader.conversations.info({ channel: id });
      if (channel?.is_im) return 'a direct message';
      if (channel?.is_mpim) return 'a group message';
      return channel?.name ? `#${channel.name}` : id;
    },
  });
  return {
    label: async (channel) => (channel.startsWith('D') ? 'a direct message' : lookUp(channel)),
  };
}
