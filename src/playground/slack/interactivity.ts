import type { Block, PlaygroundView, PostAction, PostView } from '../page/contract.ts';
import { elementsOf } from './block-elements.ts';
import { isRecord } from './decode.ts';
import type { Deliveries } from './deliveries.ts';
import { actionOf, holdsValue, isEmpty, readValue } from './element-values.ts';
import { faultOf } from './input-check.ts';
import { readView } from './methods/views.ts';
import type { StateValues } from './model.ts';
import { createPayloads, type Source } from './payloads.ts';
import type { People } from './people.ts';
import { PersonRefusal, Refusal } from './refusal.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Triggers } from './triggers.ts';
import type { OpenView, ViewStore } from './view-store.ts';
import type { Wire } from './wire.ts';
import type { Workspace } from './workspace.ts';

/** Buttons and modals: what a person does becomes a payload to the app, and its answer is carried out. */
export interface Interactivity {
  click(action: PostAction): Promise<{ view?: PlaygroundView }>;
  submit(view: PostView): Promise<{ view?: PlaygroundView; errors?: Record<string, string> }>;
  /** What the app left unanswered for three seconds, in words. */
  unanswered(): string[];
}

export interface InteractivityOptions {
  workspace: Workspace;
  wire: Wire;
  views: ViewStore;
  triggers: Triggers;
  deliveries: Deliveries;
  present: People['present'];
  active: People['active'];
  responseUrls: ResponseUrls;
}

export function createInteractivity(options: InteractivityOptions): Interactivity {
  const { workspace, wire, views, triggers, deliveries, present, active, responseUrls } = options;
  const payloads = createPayloads(workspace, { wire, views });
  const unanswered: string[] = [];

  const deliver = async (payload: Record<string, unknown>, what: string) => {
    const outcome = await deliveries.interactive(payload);
    if (outcome.acked) return outcome.payload;
    unanswered.push(`${what} was not answered (${outcome.reason})`);
    throw new PersonRefusal('not_answered', `The app did not answer ${what}: ${outcome.reason}. Try again.`);
  };

  const sourceOf = (action: PostAction): Source => {
    if (action.view_id) return { open: ownView(action.view_id, action) };
    const channel = present(action);
    const message = channel.messages.find(({ ts }) => ts === action.message_ts);
    if (message) return { message, ephemeral: false };
    const ephemeral = channel.ephemerals.find(({ ts, to }) => ts === action.message_ts && to === action.user);
    if (ephemeral) return { message: ephemeral, ephemeral: true };
    throw new PersonRefusal('message_not_found', `There is no message ${action.message_ts} in ${channel.name}.`);
  };

  const ownView = (id: string, { user, late = false }: { user: string; late?: boolean }): OpenView => {
    active({ user, late });
    const open = views.get(id);
    if (!open || open.user !== user)
      throw new PersonRefusal('view_not_found', 'This view is not open for this person.');
    return open;
  };

  const click = async (action: PostAction) => {
    const source = sourceOf(action);
    const { block, element } = findElement(blocksOf(source), action);
    const entry = actionOf(element, action.value);
    if (!entry)
      throw new PersonRefusal('invalid_value', `${action.action_id} does not offer ${action.value ?? 'no value'}.`);
    if (holdsValue(element)) remember(source, { block, element, value: action.value });
    // An input tells the app only when it is asked to.
    if (block.type === 'input' && !block.dispatch_action) return {};
    const trigger = triggers.issue({ user: action.user, ...('open' in source ? { fromView: source.open.id } : {}) });
    const responseUrl = 'message' in source ? responseUrls.issue({ ...source, user: action.user }) : undefined;
    const payload = payloads.blockActions({
      user: action.user,
      trigger,
      action: { ...entry, block_id: block.block_id },
      source,
      ...(responseUrl ? { responseUrl } : {}),
    });
    await deliver(payload, `the click on ${action.action_id}`);
    const view = await triggers.outcome(trigger);
    return view ? { view } : {};
  };

  const close = (open: OpenView, user: string) => {
    views.close(open);
    if (open.view.notify_on_close) {
      // Nobody waits for the answer to a closed modal; that one is missing shows in `unanswered`.
      void deliver(payloads.viewClosed({ user, open, isCleared: false }), 'the closing of a modal').catch(() => {});
    }
    return topFor(user);
  };

  const topFor = (user: string) => {
    const top = views.top(user);
    return top ? { view: views.show(top) } : {};
  };

  const submit = async ({ user, view_id, values: given, close: closes, late = false }: PostView) => {
    const open = ownView(view_id, { user, late });
    if (closes) return close(open, user);
    const { values, errors } = gather(open, given);
    if (Object.keys(errors).length > 0) return { view: views.show(open), errors };
    open.values = values;
    const trigger = triggers.issue({ user, fromView: open.id });
    const answer = await deliver(payloads.viewSubmission({ user, trigger, open, values }), 'the modal');
    const found = carryOut({ open, user, views, answer });
    return { ...topFor(user), ...(found ? { errors: found } : {}) };
  };

  /** An answer that Slack cannot carry out is shown to the person as no answer at all. */
  const carryOut = (job: Parameters<typeof respond>[0]) => {
    try {
      return respond(job);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      unanswered.push(`the modal was answered with something that Slack refuses: ${error.message}`);
      throw new PersonRefusal('not_answered', `The app's answer to the modal cannot be shown: ${error.message}.`);
    }
  };

  return { click, submit, unanswered: () => [...unanswered] };
}

function blocksOf(source: Source): Block[] {
  return ('open' in source ? source.open.view.blocks : source.message.blocks) ?? [];
}

/** Only what is in the message now can be clicked; of equal ids, the one with the given value. */
function findElement(blocks: Block[], action: PostAction): { block: Block; element: Record<string, unknown> } {
  const found = blocks.flatMap((block) =>
    elementsOf(block).flatMap((element) => (element.action_id === action.action_id ? [{ block, element }] : [])),
  );
  const best = found.find(({ element }) => element.value === action.value) ?? found[0];
  if (!best) throw new PersonRefusal('action_not_found', `There is no ${action.action_id} here any more.`);
  return best;
}

function remember(
  source: Source,
  choice: { block: Block; element: Record<string, unknown>; value: string | undefined },
): void {
  const { block, element, value } = choice;
  const holder: { values?: StateValues } = 'open' in source ? source.open : source.message;
  const state = readValue(element, value);
  if (!state) return;
  const blockId = String(block.block_id);
  const values = holder.values ?? {};
  holder.values = { ...values, [blockId]: { ...values[blockId], [String(element.action_id)]: state } };
}

/** What the modal's inputs hold, and which required ones hold nothing. */
function gather(open: OpenView, given: PostView['values']): { values: StateValues; errors: Record<string, string> } {
  const values: StateValues = {};
  const errors: Record<string, string> = {};
  for (const block of open.view.blocks) {
    const blockId = String(block.block_id);
    for (const element of elementsOf(block).filter(holdsValue)) {
      const actionId = String(element.action_id ?? '');
      const state = readValue(element, given[blockId]?.[actionId] ?? open.values[blockId]?.[actionId]);
      const fault = state && faultOf(element, state);
      if (!state) errors[blockId] = 'Choose one of the options.';
      else if (block.type === 'input' && !block.optional && isEmpty(state))
        errors[blockId] = 'Please complete this required field.';
      else if (fault) errors[blockId] = fault;
      else values[blockId] = { ...values[blockId], [actionId]: state };
    }
  }
  return { values, errors };
}

/** Carries out the `response_action` of a submission; returns the errors it names. */
function respond(job: {
  open: OpenView;
  user: string;
  views: ViewStore;
  answer: unknown;
}): Record<string, string> | undefined {
  const { open, user, views } = job;
  const answer = isRecord(job.answer) ? job.answer : {};
  switch (answer.response_action) {
    case 'errors':
      return readErrors(open, answer.errors);
    case 'update':
      views.update(open, readView(answer.view, 'modal'));
      return undefined;
    case 'push':
      views.push(user, readView(answer.view, 'modal'));
      return undefined;
    case 'clear':
      views.closeAll(user);
      return undefined;
    default:
      views.close(open);
      return undefined;
  }
}

/** Errors stand at input blocks of the view; for anything else Slack shows only that something went wrong. */
function readErrors(open: OpenView, errors: unknown): Record<string, string> {
  const inputs = new Set(open.view.blocks.filter(({ type }) => type === 'input').map((block) => block.block_id));
  const entries = isRecord(errors) ? Object.entries(errors) : [];
  const wrong = entries.find(([block, message]) => !inputs.has(block) || typeof message !== 'string');
  if (entries.length === 0 || wrong) {
    throw new Refusal('invalid_arguments', [`errors: ${wrong?.[0] ?? 'empty'} is not an input block with a message`]);
  }
  return Object.fromEntries(entries.map(([block, message]) => [block, String(message)]));
}
