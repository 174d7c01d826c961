/** Ids are made and parsed here and nowhere else; everywhere else they are opaque. */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** One Slack conversation: `team/channel/root ts`. */
export type ThreadId = Branded<string, 'ThreadId'>;
/** A Managed Agents session, as the API names it. */
export type SessionId = Branded<string, 'SessionId'>;
/** A Slack timestamp, `1700000000.000100`. Never a number: that would lose digits. */
export type SlackTs = Branded<string, 'SlackTs'>;

export interface ThreadPlace {
  team: string;
  channel: string;
  root: SlackTs;
}

export function threadId({ team, channel, root }: ThreadPlace): ThreadId {
  return `${team}/${channel}/${root}` as ThreadId;
}

export function parseThreadId(id: ThreadId): ThreadPlace {
  const [team = '', channel = '', root = ''] = id.split('/');
  return { team, channel, root: root as SlackTs };
}

export function sessionId(value: string): SessionId {
  return value as SessionId;
}

const SLACK_TS = /^\d{10}\.\d{6}$/;

export function isSlackTs(value: unknown): value is SlackTs {
  return typeof value === 'string' && SLACK_TS.test(value);
}
