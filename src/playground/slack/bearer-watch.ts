/** Notes requests that carry the bot's token where nobody should get it. */
export interface BearerWatch {
  see(request: Request): void;
  list(): string[];
}

/** Below this path the local Slack plays somebody else's host; so it does under any other name than its own. */
export const ELSEWHERE = '/elsewhere/';

export function createBearerWatch({ baseUrl }: { baseUrl: () => string }): BearerWatch {
  const seen: string[] = [];
  return {
    see({ url, headers }) {
      if (!headers.has('authorization')) return;
      const { host, pathname } = new URL(url);
      const isOurs = host === new URL(baseUrl()).host && !pathname.startsWith(ELSEWHERE);
      if (!isOurs) seen.push(`the bot's token was sent to ${host}${pathname}`);
    },
    list: () => [...seen],
  };
}
