import type { UsersInfoResponse, WebClient } from '@slack/web-api';
import type { Clock } from '../clock.ts';
import { createMemory } from './remember.ts';

export interface People {
  /** The name a person is known by; their id when Slack cannot say. */
  name(user: string): Promise<string>;
}

/** People's names by `users.info`, which also knows outsiders of shared channels, with fewer fields. */
export function createPeople(reader: WebClient, { clock }: { clock: Clock }): People {
  const name = createMemory({
    clock,
    otherwise: (user) => user,
    async load(id) {
      const { user } = await reader.users.info({ user: id });
      return nameOf(user) || id;
    },
  });
  return { name };
}

/** Any of the names may be there and empty. */
export function nameOf(user: UsersInfoResponse['user']): string {
  return user?.profile?.display_name || user?.profile?.real_name || user?.real_name || user?.name || '';
}
