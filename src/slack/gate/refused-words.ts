import { assertNever } from '../../thread/assert-never.ts';
import type { Audience, Refused } from '../../thread/question.ts';
import { briefOutcome } from '../cards/outcome-words.ts';
import { audienceWords } from '../cards/people-words.ts';

/** Why a click changed nothing, and what to do now, as mrkdwn for the one who clicked. */
export function refusedWords({ why, outcome, audience }: Refused): string {
  switch (why) {
    case 'unknown':
      return "I don't know this request any more, so nothing was changed. If it still matters, write to the agent in the thread.";
    case 'decided':
      return outcome
        ? `This was decided already: ${briefOutcome(outcome)}. Your click changed nothing.`
        : 'This was decided already. Your click changed nothing.';
    case 'not-asked':
      return `You are not asked to decide this, so nothing was changed. ${may(audience)}`;
    case 'requester':
      return `You asked for this yourself, so somebody else must decide. ${may(audience)}`;
    case 'guest':
      return "Guests can't decide this, so nothing was changed. Ask a full member of this conversation.";
    case 'bot':
      return "Bots can't decide this, so nothing was changed. A person must.";
    case 'outsider':
      return 'Only people of the workspace I belong to can decide this, so nothing was changed. Ask one of them.';
    case 'gone':
      return 'You are no longer a member here, so nothing was changed. Ask somebody who is in this conversation.';
    case 'approved-before':
      return 'You have approved this already. It waits for the approval of somebody else.';
    case 'unread':
      return 'Read all of it before you approve: press *Show all of it*, go to its last page, and then approve. Nothing was changed.';
    case 'not-offered':
      return 'This request does not offer that any more, so nothing was changed. Use one of the buttons that its card shows now.';
    case 'unsure':
      return "Slack can't tell me right now who you are, so I did not count this. Nothing was changed: try again in a moment.";
    default:
      return assertNever(why);
  }
}

/** The click may or may not have come through: nothing is claimed that could turn out wrong. */
export const BROKEN_WORDS =
  'I could not record that. Look at the card: if its buttons are still there in a moment, press again.';

export const LATE_WORDS =
  'This takes longer than usual; I am still at it. Once your decision stands, the card changes; if it does not, I tell you here.';

export const OUTSIDER = refused('outsider');
export const UNKNOWN = refused('unknown');
export const NOT_OFFERED = refused('not-offered');

function refused(why: Refused['why']): Refused {
  return { type: 'refused', why, outcome: null, audience: null };
}

function may(audience: Audience | null): string {
  return audience ? `Who may: ${audienceWords(audience)}.` : 'The card says who may.';
}
