/**
 * What the app needs of Slack, and why. The manifest asks for exactly this: each scope, event and Web API method of the
 * app stands here, and a method that is called without standing here is found by a test.
 */

/** Bot scopes, each with the reason to give to whoever installs the app. */
const SCOPES = {
  'app_mentions:read': 'to hear when somebody mentions it',
  'assistant:write': 'to be an agent in Slack, with a place of its own and a stop button',
  'channels:history': 'to hear replies in threads of public channels, and read what was said there before it came',
  'channels:read': 'to know the public channels it is in, and whether who decides there is a member',
  'chat:write': 'to answer, to show what it is doing, and to ask before something runs',
  'files:read': 'to fetch the files that people give to the agent',
  'files:write': 'to post the files that the agent makes',
  'groups:history': 'the same as channels:history, for private channels',
  'groups:read': 'the same as channels:read, for private channels',
  'im:history': 'to hear direct messages, and read on in them',
  'im:read': 'to know its direct messages',
  'mpim:history': 'the same as channels:history, for group direct messages',
  'mpim:read': 'the same as channels:read, for group direct messages',
  'reactions:write': 'to mark a message as waiting or taken up',
  'usergroups:read': 'to know who is in a user group that may decide',
  'users:read': 'to name people to the agent, and to tell members from guests and bots',
} as const;

export type Scope = keyof typeof SCOPES;

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'mpim:history'] as const;
const READ = ['channels:read', 'groups:read', 'im:read', 'mpim:read'] as const;

/** The Web API methods that the bot calls. Where several scopes stand, each is for one kind of conversation. */
type Methods = Readonly<Record<string, readonly Scope[]>>;

export const BOT_METHODS: Methods = {
  'agents.sessions.setStatus': ['chat:write'],
  'auth.test': [],
  'chat.appendStream': ['chat:write'],
  'chat.delete': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.startStream': ['chat:write'],
  'chat.stopStream': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': HISTORY,
  'conversations.info': READ,
  'conversations.members': READ,
  'conversations.replies': HISTORY,
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.info': ['files:read'],
  'reactions.add': ['reactions:write'],
  'reactions.remove': ['reactions:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'users.list': ['users:read'],
  'views.open': [],
  'views.update': [],
};

/** Those that only commands call: setup and doctor. */
export const COMMAND_METHODS: Methods = {
  'bots.info': ['users:read'],
  'users.conversations': READ,
};

/** The events that the app is sent, each with the scope that it comes with. */
export const EVENTS: Readonly<Record<string, { scope: Scope; reason: string }>> = {
  agent_session_stopped: { scope: 'assistant:write', reason: 'Slack’s own stop button was pressed' },
  app_mention: { scope: 'app_mentions:read', reason: 'it was mentioned: a thread begins' },
  'message.channels': { scope: 'channels:history', reason: 'a reply in a thread of a public channel' },
  'message.groups': { scope: 'groups:history', reason: 'a reply in a thread of a private channel' },
  'message.im': { scope: 'im:history', reason: 'a direct message' },
  'message.mpim': { scope: 'mpim:history', reason: 'a reply in a thread of a group direct message' },
};

/** The scope of the app-level token, which the manifest cannot give. */
export const APP_TOKEN_SCOPE = { scope: 'connections:write', reason: 'to open the connection of Socket Mode' } as const;

/** Every bot scope that is needed, with its reason, by name. */
export function neededScopes(): { scope: Scope; reason: string }[] {
  return (Object.keys(SCOPES) as Scope[]).map((scope) => ({ scope, reason: SCOPES[scope] }));
}

/** Every event that must be subscribed to, with its reason, by name. */
export function neededEvents(): { event: string; reason: string }[] {
  return Object.entries(EVENTS).map(([event, { reason }]) => ({ event, reason }));
}
