import type { Directory, Person } from '../thread/gate-ports.ts';
import { parseThreadId } from '../thread/ids.ts';
import type { Audience, Refused } from '../thread/question.ts';
import { audienceNow } from './due.ts';
import type { QuestionRecord } from './record.ts';

/** Who is asking to decide, once it is sure that they may. */
export type Right = { person: Person } | Refused;

/** Whether this person may decide this question now. Asks Slack each time; when it cannot say, nobody may. */
export async function mayDecide(record: QuestionRecord, by: string, directory: Directory): Promise<Right> {
  try {
    const person = await directory.person(by);
    if (person.standing !== 'member') return refused(person.standing);
    const audience = audienceNow(record);
    if (record.body.type === 'form') return by === record.body.person ? { person } : refused('not-asked', { audience });
    const isRequester = record.question.requesters.includes(by);
    if (isRequester && audience.notRequesters) return refused('requester', { audience });
    if (await isNamed(audience, by, directory)) return { person };
    if (!audience.members && !(audience.requesters && isRequester)) return refused('not-asked', { audience });
    const { channel } = parseThreadId(record.question.thread);
    if (await directory.isMember(channel, by)) return { person };
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

async function isNamed({ users, groups }: Audience, by: string, directory: Directory): Promise<boolean> {
  if (users.includes(by)) return true;
  for (const group of groups) if ((await directory.group(group)).includes(by)) return true;
  return false;
}
