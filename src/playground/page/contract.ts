/**
 * What the page and the playground's Slack server say to each other: the JSON API that scripts use too.
 * Types only, so that the page and the server are checked against the same words.
 */
export type Block = { type: string; block_id?: string; [field: string]: unknown };

export interface PlaygroundUser {
  id: string;
  name: string;
  is_bot: boolean;
  /** Of some channels only; absent for members. */
  is_guest?: true;
  /** Deactivated: nothing can be done as this person any more. */
  deleted?: true;
}

/** A user group, mentioned as `@handle`. */
export interface PlaygroundGroup {
  id: string;
  handle: string;
  users: string[];
}

export interface PlaygroundFile {
  id: string;
  /** What it is saved as. */
  name: string;
  /** What people see; by default the name. */
  title: string;
  mimetype: string;
  size: number;
  /** What a picture shows, as whoever sent it says. */
  alt?: string;
  /** Path on this server that the page may load without a bearer token. */
  preview_url: string;
}

/** A native stream as the page shows it: text and task cards in the order they came. */
export interface PlaygroundStream {
  state: 'streaming' | 'completed' | 'stopped' | 'expired';
  parts: StreamPart[];
  plan_title?: string;
}

export type StreamPart =
  | { type: 'text'; text: string }
  | { type: 'task'; id: string; title: string; status: TaskStatus; details?: string; output?: string }
  | { type: 'blocks'; blocks: Block[] };

export type TaskStatus = 'pending' | 'in_progress' | 'complete' | 'error';

export interface PlaygroundMessage {
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  text: string;
  blocks?: Block[];
  files?: PlaygroundFile[];
  reactions?: { name: string; users: string[] }[];
  edited?: { user: string; ts: string };
  stream?: PlaygroundStream;
  subtype?: string;
}

/** A message only one person sees. */
export interface PlaygroundEphemeral extends PlaygroundMessage {
  to: string;
}

export interface PlaygroundSession {
  thread_ts: string;
  status: 'active' | 'processing' | 'suspended' | 'closed';
  title?: string;
}

export interface PlaygroundChannel {
  id: string;
  name: string;
  is_im: boolean;
  is_mpim?: boolean;
  members: string[];
  messages: PlaygroundMessage[];
  ephemerals: PlaygroundEphemeral[];
  sessions: PlaygroundSession[];
}

export interface PlaygroundView {
  id: string;
  user: string;
  view: { type: string; title?: unknown; submit?: unknown; close?: unknown; blocks: Block[]; [field: string]: unknown };
}

/** `GET /playground/state` */
export interface PlaygroundState {
  team: { id: string; name: string };
  bot: { user_id: string; name: string } | null;
  /** Who answers behind the bot: a script on this machine, or the agent of somebody's settings. */
  agent: 'scripted' | 'real';
  users: PlaygroundUser[];
  groups: PlaygroundGroup[];
  channels: PlaygroundChannel[];
  views: PlaygroundView[];
}

/** `POST /playground/messages` → `{ ok: true, ts }` */
export interface PostMessage {
  user: string;
  channel: string;
  text: string;
  thread_ts?: string;
  /** Shows a reply in the channel too. */
  reply_broadcast?: boolean;
  files?: PostFile[];
  /** A message that the person forwards, with its files. */
  forwards?: { channel: string; ts: string };
  /** A pasted table, row by row. */
  table?: string[][];
}

/** A file that a person shares: its bytes in base64, or made up by the server. */
export interface PostFile {
  name: string;
  base64?: string;
  /** Instead of `base64`: this text over and over, `size` bytes of it. */
  repeat?: string;
  /** Bytes. With `repeat` there may be none. */
  size?: number;
  /** What Slack says it is; by default what the name says. */
  mimetype?: string;
  /**
   * `hosted`, the default, and `snippet` have bytes. A `stub` says nothing of itself until it is asked about. Those of the
   * other modes need no bytes: they are elsewhere, of another kind, or gone.
   */
  mode?: 'hosted' | 'snippet' | 'stub' | 'external' | 'canvas' | 'list' | 'email' | 'tombstone' | 'hidden_by_limit';
}

/** `POST /playground/actions` → `{ ok: true, view? }` */
export interface PostAction {
  user: string;
  channel: string;
  message_ts: string;
  action_id: string;
  /** The chosen option, date or text; several options with commas. Buttons have their own. */
  value?: string;
  /** For something inside a view instead of a message; `channel` and `message_ts` are then not read. */
  view_id?: string;
  /** Made just before the person left the channel or was deactivated, and delivered after. */
  late?: boolean;
}

/** `POST /playground/views` → `{ ok: true, view?, errors? }`; `values[block_id][action_id]` as Slack's view state, or plain strings. */
export interface PostView {
  user: string;
  view_id: string;
  values: Record<string, Record<string, unknown>>;
  close?: boolean;
  /** Sent just before the person was deactivated, and delivered after. */
  late?: boolean;
}

/** `POST /playground/stop`: the native stop button of a thread → `{ ok: true }` */
export interface PostStop {
  user: string;
  channel: string;
  thread_ts: string;
}

/** `POST /playground/reactions`: adds or takes away one person's reaction → `{ ok: true }` */
export interface PostReaction {
  user: string;
  channel: string;
  ts: string;
  name: string;
  remove?: boolean;
}

/** `POST /playground/joins`: adds somebody, the bot too, to a channel → `{ ok: true }` */
export interface PostJoin {
  user: string;
  channel: string;
}

/** `POST /playground/leaves`: takes somebody out of a channel → `{ ok: true }` */
export type PostLeave = PostJoin;

/** `POST /playground/people`: deactivates somebody or takes them back, makes them a guest or a member, renames them → `{ ok: true }` */
export interface PostPerson {
  user: string;
  deleted?: boolean;
  guest?: boolean | 'multi_channel' | 'single_channel';
  /** As it is displayed; two people may have the same. */
  name?: string;
}

/** `POST /playground/groups`: says who is in a user group → `{ ok: true }` */
export interface PostGroup {
  group: string;
  users: string[];
}

/** One exchange in the traffic drawer; bodies are redacted of tokens and cut at 20,000 characters. */
export interface Traffic {
  id: number;
  at: number;
  server: 'slack' | 'agents';
  direction: 'in' | 'out';
  /** `chat.postMessage`, `events_api message`, `POST /v1/sessions`, `sse agent.message` */
  name: string;
  status?: number;
  body?: unknown;
}

/** `GET /playground/events` is a stream of these (server-sent events named `change`). */
export type Change =
  | { type: 'message'; channel: string; message: PlaygroundMessage }
  | { type: 'deleted'; channel: string; ts: string }
  | { type: 'ephemeral'; channel: string; message: PlaygroundEphemeral }
  | { type: 'session'; channel: string; session: PlaygroundSession }
  | { type: 'channel'; channel: PlaygroundChannel }
  | { type: 'user'; user: PlaygroundUser }
  | { type: 'group'; group: PlaygroundGroup }
  | { type: 'view'; view: PlaygroundView }
  | { type: 'view_closed'; id: string }
  | { type: 'traffic'; traffic: Traffic };

/** Every refusal of the JSON API: `{ ok: false, error, message }`; the message says what to do. */
export interface Refusal {
  ok: false;
  error: string;
  message: string;
}
