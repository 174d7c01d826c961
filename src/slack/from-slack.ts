import { isSlackTs, type SlackTs, threadId } from '../thread/ids.ts';
import type { FilesInput, Input, MessageInput, StopInput } from '../thread/input.ts';
import {
  type Click,
  clickBody,
  type EventBody,
  eventBody,
  stoppedEvent,
  type Written,
  writtenEvent,
} from './delivery.ts';
import { isFilesWord, isStopWord, mentions, writtenFiles, writtenText } from './written.ts';

/** Who we are in the workspace, as `auth.test` says. */
export interface Identity {
  botUserId: string;
  botId: string;
  teamId: string;
}

/**
 * What a delivery means to us. `known-thread`: it counts only if we already serve that thread. `ignored` names why
 * nothing follows from it.
 */
export type Translated = { input: Input; when: 'always' | 'known-thread' } | { ignored: string };

/** Our own stop button. */
export const STOP_ACTION = 'drawbridge:stop';
/** The button below a held message that gives up the open request for it. */
export const RELEASE_ACTION = 'drawbridge:release';
/** The button below files of the agent's that could not be posted. */
export const POST_FILES_ACTION = 'drawbridge:post-files';

/** The buttons of the card about messages that waited too long. */
export const LATE_ACTIONS = { answer: 'drawbridge:late:answer', skip: 'drawbridge:late:skip' } as const;

/** What is an input when it is pressed. */
const INPUT_ACTIONS = new Set<string>([STOP_ACTION, RELEASE_ACTION, POST_FILES_ACTION, ...Object.values(LATE_ACTIONS)]);

/** A message a person wrote has none of the other subtypes; uploads have `file_share`, broadcast replies their own. */
const WRITTEN_SUBTYPES = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);

/** Slack speaks as these two in DMs and tombstones. */
const SLACK_ITSELF = new Set(['USLACK', 'USLACKBOT']);

/** Translates the body of one delivery, Events API or interactivity. Never throws: what it cannot read is ignored. */
export function fromSlack(body: unknown, identity: Identity): Translated {
  const event = eventBody.safeParse(body);
  if (event.success) return fromEvent(event.data, identity);
  const click = clickBody.safeParse(body);
  if (click.success) return fromClick(click.data, identity);
  return { ignored: namedType(body) ?? 'malformed' };
}

function fromEvent(body: EventBody, identity: Identity): Translated {
  switch (body.event.type) {
    case 'message':
    case 'app_mention':
      return fromWritten(body, identity);
    case 'agent_session_stopped':
      return fromStopped(body, identity);
    // A title, a look at the app's home, a join or a reaction asks nothing of the agent. Files come with the message
    // that shares them; these events only repeat their ids.
    case 'agent_session_title_changed':
    case 'app_context_changed':
    case 'app_home_opened':
    case 'assistant_thread_started':
    case 'assistant_thread_context_changed':
    case 'member_joined_channel':
    case 'member_left_channel':
    case 'reaction_added':
    case 'reaction_removed':
    case 'file_shared':
    case 'file_created':
      return { ignored: body.event.type };
    default:
      return { ignored: 'unknown-event' };
  }
}

function fromWritten(body: EventBody, identity: Identity): Translated {
  const event = writtenEvent.parse(body.event);
  const unwanted = whyUnwanted(event, identity);
  if (unwanted) return { ignored: unwanted };
  // Adding a mention to an old message fires `app_mention` again, with the old ts.
  if (body.event.type === 'app_mention' && event.edited) return { ignored: 'edit' };

  const { channel, user, ts, thread_ts: root = ts } = event;
  if (!channel || !user || !isSlackTs(ts) || !isSlackTs(root)) return { ignored: 'malformed' };

  const addressed =
    isDirect(event) || body.event.type === 'app_mention' || mentions(event.text ?? '', identity.botUserId);
  if (!addressed && root === ts) return { ignored: 'not-addressed' };

  const thread = threadId({ team: body.team_id ?? identity.teamId, channel, root });
  const text = writtenText(event, identity.botUserId);
  const files = writtenFiles(event);
  const stop: StopInput = { type: 'stop', thread, ts, by: user, said: true };
  // The two events of one mention differ in fields such as `channel_type`: nothing that differs may enter the input.
  // Outsiders are gone by now, so the author's team is ours, which `app_mention` does not always say.
  const author = { author: user, authorTeam: identity.teamId };
  // The first word of a thread is for the agent.
  const isListing = root !== ts && isFilesWord(text, identity.botUserId);
  const list: FilesInput = { type: 'files', thread, ts, by: user, what: 'list' };
  const message: MessageInput = { type: 'message', thread, ts, ...author, text, files, addressed };
  return {
    input: files.length > 0 ? message : isStopWord(text, identity.botUserId) ? stop : isListing ? list : message,
    when: addressed ? 'always' : 'known-thread',
  };
}

function whyUnwanted(event: Written, identity: Identity): string | null {
  const { subtype, user, bot_id } = event;
  // Our own posts come back with our user and bot id, mostly without a subtype.
  if (user === identity.botUserId || bot_id === identity.botId) return 'own-echo';
  if (!WRITTEN_SUBTYPES.has(subtype)) return subtype ?? 'malformed';
  if (bot_id) return 'bot';
  if (user && SLACK_ITSELF.has(user)) return 'slack-itself';
  return isOutsider(event, identity) ? 'outsider' : null;
}

/** Someone of another company in a Slack Connect channel: may not steer something that can run tools. */
function isOutsider({ user_team, source_team, user_profile, team }: Written, { teamId }: Identity): boolean {
  return [user_team, source_team, user_profile?.team, team].some((of) => of !== undefined && of !== teamId);
}

/** A mention inside a DM arrives as a plain message too, so a DM is told by its channel. */
function isDirect({ channel, channel_type }: Written): boolean {
  return channel_type === 'im' || (channel_type === undefined && channel?.startsWith('D') === true);
}

function fromStopped(body: EventBody, identity: Identity): Translated {
  const event = stoppedEvent.safeParse(body.event);
  if (!event.success) return { ignored: 'malformed' };
  const { channel, user, thread_ts: root, event_ts } = event.data;
  const ts = asSlackTs(event_ts) ?? asSlackTs(body.event_time?.toString());
  if (!ts || !isSlackTs(root)) return { ignored: 'malformed' };
  // The event itself names no team; the envelope does.
  const thread = threadId({ team: body.team_id ?? identity.teamId, channel, root });
  return { input: { type: 'stop', thread, ts, by: user, said: false }, when: 'always' };
}

function fromClick(body: Click, identity: Identity): Translated {
  const action = body.actions.find(({ action_id: id }) => id !== undefined && INPUT_ACTIONS.has(id));
  if (!action) return { ignored: 'other-action' };
  if (body.user.team_id && body.user.team_id !== identity.teamId) return { ignored: 'outsider' };
  const channel = body.container.channel_id ?? body.channel?.id;
  const root = body.container.thread_ts ?? body.message?.thread_ts;
  const ts = asSlackTs(action.action_ts);
  if (!channel || !isSlackTs(root) || !ts) return { ignored: 'malformed' };
  // The button stands on our own message, so the thread is our workspace's whatever team the clicker's view says.
  const thread = threadId({ team: identity.teamId, channel, root });
  const by = body.user.id;
  if (action.action_id === POST_FILES_ACTION) {
    return { input: { type: 'files', thread, ts, by, what: 'post-again' }, when: 'known-thread' };
  }
  if (action.action_id === LATE_ACTIONS.answer || action.action_id === LATE_ACTIONS.skip) {
    const what = action.action_id === LATE_ACTIONS.answer ? 'answer' : 'skip';
    return { input: { type: 'late', thread, ts, by, what }, when: 'known-thread' };
  }
  if (action.action_id === RELEASE_ACTION) return { input: { type: 'release', thread, ts, by }, when: 'known-thread' };
  return { input: { type: 'stop', thread, ts, by, said: false }, when: 'always' };
}

/** Event times are mostly written like a message's ts but promise less: the fraction may be shorter, or missing. */
function asSlackTs(value: string | undefined): SlackTs | null {
  const [seconds = '', fraction = ''] = value?.split('.') ?? [];
  const ts = `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}`;
  return isSlackTs(ts) ? ts : null;
}

/** The names of deliveries we know and want nothing of, so that a log line says which it was. */
function namedType(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  if ('command' in body) return 'slash-command';
  const known = [
    'view_submission',
    'view_closed',
    'shortcut',
    'message_action',
    'block_suggestion',
    'app_rate_limited',
  ];
  return known.find((type) => 'type' in body && body.type === type) ?? null;
}
