import type { Args } from '../args.ts';
import type { Call, Methods } from '../method.ts';
import { setReaction } from '../people.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from './rooms.ts';

/** How many different reactions a message takes. */
const MAX_REACTIONS = 50;

/** `reactions.add` and `reactions.remove`. */
export function reactionMethods({ workspace, lookup }: Rooms): Methods {
  const target = (args: Args) => {
    if (!args.has('timestamp')) throw new Refusal('no_item_specified');
    if (!/^\d{10}\.\d{6}$/.test(args.text('timestamp'))) throw new Refusal('bad_timestamp');
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(args.text('name'))) throw new Refusal('invalid_name');
    return lookup.message(lookup.writable(args.text('channel')), args.text('timestamp'));
  };

  const react =
    (added: boolean, refusal: string) =>
    ({ args }: Call) => {
      const message = target(args);
      if (added && message.reactions.length >= MAX_REACTIONS) throw new Refusal('too_many_reactions');
      const done = setReaction(workspace, {
        message,
        user: workspace.identity.botUserId,
        name: args.text('name'),
        added,
      });
      if (!done) throw new Refusal(refusal);
      return {};
    };

  return {
    'reactions.add': { tier: 3, needs: ['channel', 'name'], run: react(true, 'already_reacted') },
    'reactions.remove': { tier: 2, needs: ['channel', 'name'], run: react(false, 'no_reaction') },
  };
}
