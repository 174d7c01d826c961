import type { Change, PlaygroundView } from '../page/contract.ts';
import { newId, newUuid } from './ids.ts';
import type { StateValues } from './model.ts';
import { Refusal } from './refusal.ts';
import { IDENTITY, type Identity } from './seed.ts';

/** One open modal, or a person's home tab. */
export interface OpenView extends PlaygroundView {
  hash: string;
  rootId: string;
  previousId: string | null;
  values: StateValues;
}

export type ViewBody = PlaygroundView['view'];

/** The modals people have open, each person's in a stack, and the home tabs. */
export interface ViewStore {
  list(): PlaygroundView[];
  get(id: string): OpenView | undefined;
  find(by: { id?: string | undefined; externalId?: string | undefined }): OpenView | undefined;
  top(user: string): OpenView | undefined;
  /** Replaces whatever modals the person had open. */
  open(user: string, view: ViewBody): OpenView;
  push(user: string, view: ViewBody): OpenView;
  /** Throws `hash_conflict` when the view has changed since that hash. */
  update(open: OpenView, view: ViewBody, hash?: string): OpenView;
  publish(user: string, view: ViewBody, hash?: string): OpenView;
  close(open: OpenView): void;
  closeAll(user: string): void;
  show(open: OpenView): PlaygroundView;
  /** The view as Slack puts it in responses and payloads. */
  wire(open: OpenView): Record<string, unknown>;
  listen(listener: (change: Change) => void): () => void;
}

const MAX_STACK = 3;

export function createViewStore(): ViewStore {
  const views = new Map<string, OpenView>();
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change);
  };
  const stack = (user: string) =>
    [...views.values()].filter((each) => each.user === user && each.view.type === 'modal');
  const show = ({ id, user, view }: OpenView): PlaygroundView => ({ id, user, view });

  const put = (user: string, view: ViewBody, previous?: OpenView) => {
    const taken = [...views.values()].some((each) => view.external_id && each.view.external_id === view.external_id);
    if (taken) throw new Refusal('duplicate_external_id');
    const id = newId('V');
    const rootId = previous?.rootId ?? id;
    const open = { id, user, view, hash: newHash(), rootId, previousId: previous?.id ?? null, values: {} };
    views.set(id, open);
    tell({ type: 'view', view: show(open) });
    return open;
  };
  const close = (open: OpenView) => {
    if (views.delete(open.id)) tell({ type: 'view_closed', id: open.id });
  };
  const closeAll = (user: string) => {
    for (const open of stack(user).reverse()) close(open);
  };
  const update = (open: OpenView, view: ViewBody, hash?: string) => {
    if (hash !== undefined && hash !== open.hash) throw new Refusal('hash_conflict');
    Object.assign(open, { view, hash: newHash() });
    tell({ type: 'view', view: show(open) });
    return open;
  };

  return {
    close,
    closeAll,
    update,
    show,
    list: () => [...views.values()].map(show),
    get: (id) => views.get(id),
    find: ({ id, externalId }) =>
      [...views.values()].find((open) => (id ? open.id === id : open.view.external_id === externalId)),
    top: (user) => stack(user).at(-1),
    open(user, view) {
      closeAll(user);
      return put(user, view);
    },
    push(user, view) {
      const modals = stack(user);
      if (modals.length >= MAX_STACK) throw new Refusal('push_limit_reached');
      return put(user, view, modals.at(-1));
    },
    publish(user, view, hash) {
      const home = [...views.values()].find((each) => each.user === user && each.view.type === 'home');
      return home ? update(home, view, hash) : put(user, view);
    },
    wire: (open) => onWire(open, IDENTITY),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function newHash(): string {
  return newUuid().slice(0, 13);
}

function onWire(open: OpenView, { team, appId, botId }: Identity): Record<string, unknown> {
  const { view, id, hash, rootId, previousId, values } = open;
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    title: null,
    submit: null,
    close: null,
    clear_on_close: false,
    notify_on_close: false,
    ...view,
    id,
    team_id: team.id,
    state: { values },
    hash,
    root_view_id: rootId,
    previous_view_id: previousId,
    app_id: appId,
    app_installed_team_id: team.id,
    bot_id: botId,
  };
}
