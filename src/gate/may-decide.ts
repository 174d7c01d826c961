import type { Directory, Person } from '../thread/gate-ports.ts';
import { parseThreadId } from '../thread/ids.ts';
import type { Audience, Refused } from '../thread/question.ts';
import { audienceNow } from './due.ts';
import type { QuestionRecord } from './record.ts';

/** Who is asking to decide, once it is sure that they may. */
export type Right = { person: Person } | Refused;

/** Whether this person may decide this question now. Asks Slack each time; when it cannot say, nobody may. */
export async function mayDecide(record: QuestionRecord, by: string, directory: Directory): Promise<Right> {
  const audience = audienceNow(record);
  const isRequester = record.question.requesters.includes(by);
  // Asked beside who this is, not after it: a click waits for both.
  const membership = needsMembership(record, { by, audience, isRequester }) ? inChannel(record, by, directory) : null;
  try {
    const person = await directory.person(by);
    if (person.standing !== 'member') return refused(person.standing);
    if (record.body.type === 'form') return by === record.body.person ? { person } : refused('not-asked', { audience });
    if (isRequester && audience.notRequesters) return refused('requester', { audience });
    if (await isNamed(audience, by, directory)) return { person };
    if (membership === null) return refused('not-asked', { audience });
    if (await membership) return { person };
    return isRequester ? refused('gone') : refused('not-asked', { audience });
  } catch {
    // Not known is not allowed, and whoever asks is told to try again.
    return refused('unsure');
  }
}

export function refused(
  why: Refused['why'],
  { outcome = null, audience = null }: Partial<Pick<Refused, 'outcome' | 'audience'>> = {},
): Refused {
  return { type: 'refused', why, outcome, audience };
}

interface Candidate {
  by: string;
  audience: Audience;
  isRequester: boolean;
}

/** Being in the thread's channel may be what allows it. */
function needsMembership({ body }: QuestionRecord, { by, audience, isRequester }: Candidate): boolean {
  const { users, members, requesters, notRequesters } = audience;
  if (body.type === 'form' || users.includes(by) || (isRequester && notRequesters)) return false;
  return members || (requesters && isRequester);
}

function inChannel({ question }: QuestionRecord, by: string, directory: Directory): Promise<boolean> {
  const membership = directory.isMember(parseThreadId(question.thread).channel, by);
  // Whoever needs the answer hears of a failure; somebody refused for another reason does not need it.
  membership.catch(() => {});
  return membership;
}

async function isNamed({ users, groups }: Audience, by: string, directory: Directory): Promise<boolean> {
  if (users.includes(by)) return true;
  for (const group of groups) if ((await directory.group(group)).includes(by)) return true;
  return false;
}
