import type { InstalledApp } from './installed-app.ts';
import type { ChannelKind } from './model.ts';
import { Refusal } from './refusal.ts';

/** `reads` and `opens`: the scope depends on the kind of conversation that the call is about. */
type Need = string | { reads: 'history' | 'read' } | { opens: true } | { lists: true } | null;

/** The scope that each method needs, as Slack's reference has it. Null: any token will do. */
const NEEDS: Record<string, Need> = {
  'agents.sessions.rename': 'chat:write',
  'agents.sessions.setStatus': 'chat:write',
  'apps.connections.open': 'connections:write',
  'assistant.threads.setStatus': 'chat:write',
  'assistant.threads.setSuggestedPrompts': 'assistant:write',
  'assistant.threads.setTitle': 'assistant:write',
  'auth.test': null,
  'bots.info': 'users:read',
  'chat.appendStream': 'chat:write',
  'chat.delete': 'chat:write',
  'chat.getPermalink': null,
  'chat.postEphemeral': 'chat:write',
  'chat.postMessage': 'chat:write',
  'chat.startStream': 'chat:write',
  'chat.stopStream': 'chat:write',
  'chat.update': 'chat:write',
  'conversations.history': { reads: 'history' },
  'conversations.info': { reads: 'read' },
  'conversations.members': { reads: 'read' },
  'conversations.open': { opens: true },
  'conversations.replies': { reads: 'history' },
  'files.completeUploadExternal': 'files:write',
  'files.getUploadURLExternal': 'files:write',
  'files.info': 'files:read',
  'reactions.add': 'reactions:write',
  'reactions.remove': 'reactions:write',
  'usergroups.list': 'usergroups:read',
  'usergroups.users.list': 'usergroups:read',
  'users.conversations': { lists: true },
  'users.info': 'users:read',
  'users.list': 'users:read',
  'views.open': null,
  'views.publish': null,
  'views.push': null,
  'views.update': null,
};

/** Which scopes the token of a call has, and which it lacks. */
export interface Scopes {
  /** Refuses with `missing_scope`, as Slack does: what is needed, and what the token has. */
  check(call: { method: string; token: 'app' | 'bot'; args: Record<string, unknown> }): void;
  /** What a token has, for the header `x-oauth-scopes`. */
  granted(token: 'app' | 'bot'): readonly string[];
  /** What a method takes, for the header `x-accepted-oauth-scopes`. */
  accepted(method: string): readonly string[];
}

export interface ScopesOptions {
  app: () => InstalledApp;
  /** The kind of a conversation; undefined when there is none of this id. */
  kindOf: (channel: string) => ChannelKind | undefined;
}

const APP_TOKEN_SCOPES = ['connections:write'];
/** Kinds of conversations as scopes name them. */
const PREFIX: Record<ChannelKind, string> = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' };
const PREFIX_OF_TYPE: Record<string, string> = {
  public_channel: 'channels',
  private_channel: 'groups',
  im: 'im',
  mpim: 'mpim',
};

export function createScopes({ app, kindOf }: ScopesOptions): Scopes {
  const granted = (token: 'app' | 'bot') => (token === 'app' ? APP_TOKEN_SCOPES : app().scopes);

  const needed = (method: string, args: Record<string, unknown>): readonly string[] => {
    const need = NEEDS[method];
    if (need === undefined) throw new Error(`nobody says which scope ${method} needs`);
    if (need === null) return [];
    if (typeof need === 'string') return [need];
    if ('reads' in need) {
      const kind = kindOf(String(args.channel ?? ''));
      return kind === undefined ? [] : [`${PREFIX[kind]}:${need.reads}`];
    }
    if ('opens' in need) return [String(args.users ?? '').includes(',') ? 'mpim:write' : 'im:write'];
    const types = String(args.types ?? 'public_channel').split(',');
    return types.map((type) => `${PREFIX_OF_TYPE[type.trim()] ?? 'channels'}:read`);
  };

  return {
    granted,
    check({ method, token, args }) {
      const provided = granted(token);
      const missing = needed(method, args).filter((scope) => !provided.includes(scope));
      if (missing.length === 0) return;
      throw new Refusal('missing_scope', [], { needed: missing.join(','), provided: provided.join(',') });
    },
    accepted(method) {
      const need = NEEDS[method] ?? null;
      if (need === null) return [];
      if (typeof need === 'string') return [need];
      const verb = 'reads' in need ? need.reads : 'opens' in need ? 'write' : 'read';
      const prefixes = 'opens' in need ? ['im', 'mpim'] : Object.values(PREFIX_OF_TYPE);
      return prefixes.map((prefix) => `${prefix}:${verb}`);
    },
  };
}

/** The subscription under which an event comes: messages have one for each kind of conversation. */
function subscriptionOf(event: Record<string, unknown>): string {
  const kind = PREFIX[event.channel_type as ChannelKind];
  return event.type === 'message' && kind !== undefined ? `message.${kind}` : String(event.type);
}

/** What an event comes with besides its subscription. Null: nothing. */
const EVENT_SCOPES: Record<string, string> = {
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  member_joined_channel: 'channels:read',
  member_left_channel: 'channels:read',
};

/** Whether the app is told of an event: it must subscribe to it, and have the scope for it. */
export function hears({ scopes, events }: InstalledApp, event: Record<string, unknown>): boolean {
  const name = subscriptionOf(event);
  const scope = EVENT_SCOPES[name];
  return events.includes(name) && (scope === undefined || scopes.includes(scope));
}
