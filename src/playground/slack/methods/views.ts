import { z } from 'zod';
import type { Args } from '../args.ts';
import { checkBlocks } from '../blocks.ts';
import { isRecord } from '../decode.ts';
import type { Call, Methods } from '../method.ts';
import { Refusal } from '../refusal.ts';
import type { Triggers } from '../triggers.ts';
import type { OpenView, ViewBody, ViewStore } from '../view-store.ts';
import type { Rooms } from './rooms.ts';

const MAX_BYTES = 250_000;
const label = z.looseObject({ type: z.literal('plain_text'), text: z.string().min(1).max(24) });
const viewSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('modal'),
    title: label,
    submit: label.optional(),
    close: label.optional(),
    private_metadata: z.string().max(3_000).optional(),
    callback_id: z.string().max(255).optional(),
    external_id: z.string().max(255).optional(),
    blocks: z.array(z.unknown()),
  }),
  z.looseObject({
    type: z.literal('home'),
    private_metadata: z.string().max(3_000).optional(),
    callback_id: z.string().max(255).optional(),
    external_id: z.string().max(255).optional(),
    blocks: z.array(z.unknown()),
  }),
]);

/** Checks a view as Slack does. Throws `invalid_arguments` or `view_too_large`. */
export function readView(value: unknown, type: 'modal' | 'home'): ViewBody {
  if (!isRecord(value)) throw invalid(['view must be an object [json-pointer:/view]']);
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) throw new Refusal('view_too_large');
  const parsed = viewSchema.safeParse(value);
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map((issue) => `${issue.message} [json-pointer:/view/${issue.path.join('/')}]`));
  }
  if (parsed.data.type !== type) throw invalid([`view.type must be ${type} [json-pointer:/view/type]`]);
  const blocks = checkViewBlocks(parsed.data.blocks);
  if (type === 'modal' && blocks.some((block) => block.type === 'input') && !value.submit) {
    throw invalid(['submit is required when an input block is in blocks [json-pointer:/view/submit]']);
  }
  return { ...value, type, blocks };
}

function checkViewBlocks(blocks: unknown[]) {
  try {
    return checkBlocks(blocks, { max: 100 });
  } catch (cause) {
    // In a view the same faults are the arguments' fault.
    if (cause instanceof Refusal) throw new Refusal('invalid_arguments', cause.details);
    throw cause;
  }
}

function invalid(reasons: string[]): Refusal {
  return new Refusal(
    'invalid_arguments',
    reasons.map((reason) => `[ERROR] ${reason}`),
  );
}

/** `views.*`. */
export function viewMethods({ workspace }: Rooms, rooms: { views: ViewStore; triggers: Triggers }): Methods {
  const { views, triggers } = rooms;

  const answer = (open: OpenView) => ({ view: views.wire(open) });
  const shown = (triggerId: string, open: OpenView) => {
    triggers.opened(triggerId, views.show(open));
    return answer(open);
  };
  const triggerOf = (args: Args) => args.text('trigger_id');

  const update = ({ args }: Call) => {
    if (!args.has('view_id') && !args.has('external_id')) throw invalid(['missing required field: view_id']);
    const open = views.find({ id: args.maybe('view_id'), externalId: args.maybe('external_id') });
    if (!open) throw new Refusal('not_found');
    const type = open.view.type === 'home' ? 'home' : 'modal';
    return answer(views.update(open, readView(args.value('view'), type), args.maybe('hash')));
  };

  return {
    'views.open': {
      tier: 4,
      needs: ['trigger_id', 'view'],
      run({ args }) {
        const view = readView(args.value('view'), 'modal');
        const { user } = triggers.redeem(triggerOf(args));
        return shown(triggerOf(args), views.open(user, view));
      },
    },
    'views.push': {
      tier: 4,
      needs: ['trigger_id', 'view'],
      run({ args }) {
        const view = readView(args.value('view'), 'modal');
        const { user, fromView } = triggers.redeem(triggerOf(args));
        if (!fromView) throw new Refusal('invalid_trigger_id');
        return shown(triggerOf(args), views.push(user, view));
      },
    },
    'views.update': { tier: 4, needs: ['view'], run: update },
    'views.publish': {
      tier: 4,
      needs: ['user_id', 'view'],
      run({ args }) {
        if (!workspace.users.has(args.text('user_id'))) throw new Refusal('user_not_found');
        return answer(views.publish(args.text('user_id'), readView(args.value('view'), 'home'), args.maybe('hash')));
      },
    },
  };
}
