import type {
  Change,
  PlaygroundState,
  PostAction,
  PostJoin,
  PostMessage,
  PostReaction,
  PostStop,
  PostView,
  Traffic,
} from './contract.ts';
import { fieldsOf, stringOf } from './fields.ts';

/** The playground's JSON API as the page uses it. Refusals reject with the sentence the server gave. */
export interface PlaygroundApi {
  state(): Promise<PlaygroundState>;
  traffic(): Promise<Traffic[]>;
  /** Resolves to the timestamp of the new message. */
  post(message: PostMessage): Promise<string>;
  act(action: PostAction): Promise<void>;
  /** Resolves to what is wrong with the form, by block id; empty when it was taken. */
  submit(view: PostView): Promise<Record<string, string>>;
  stop(stop: PostStop): Promise<void>;
  react(reaction: PostReaction): Promise<void>;
  join(join: PostJoin): Promise<void>;
  /** Calls back for each change, and whenever the connection comes up or goes down; returns what ends it. */
  follow(listener: { change: (change: Change) => void; connected: (up: boolean) => void }): () => void;
}

export function createApi(): PlaygroundApi {
  return {
    state: async () => (await ask('/playground/state')) as PlaygroundState,
    traffic: async () => {
      const answer = await ask('/playground/traffic');
      return (Array.isArray(answer) ? answer : fieldsOf(answer).traffic) as Traffic[];
    },
    post: async (message) => stringOf(fieldsOf(await ask('/playground/messages', message)).ts),
    act: async (action) => void (await ask('/playground/actions', action)),
    submit: async (view) => {
      const errors = Object.entries(fieldsOf(fieldsOf(await ask('/playground/views', view)).errors));
      return Object.fromEntries(errors.map(([block, error]) => [block, stringOf(error)]));
    },
    stop: async (stop) => void (await ask('/playground/stop', stop)),
    react: async (reaction) => void (await ask('/playground/reactions', reaction)),
    join: async (join) => void (await ask('/playground/joins', join)),
    follow({ change, connected }) {
      const source = new EventSource('/playground/events');
      source.addEventListener('open', () => connected(true));
      // The browser reconnects by itself; `open` comes again when it has.
      source.addEventListener('error', () => connected(false));
      source.addEventListener('change', (event) => change(JSON.parse(event.data) as Change));
      return () => source.close();
    },
  };
}

async function ask(path: string, body?: object): Promise<unknown> {
  const response = await fetch(path, {
    ...(body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error('The playground server does not answer. Is `npm start` still running?', { cause: error });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && fieldsOf(answer).ok !== false) return answer;
  throw new Error(stringOf(fieldsOf(answer).message) || `The server refused this (HTTP ${response.status}).`);
}
