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
    return (await isAmong(audience, { by, isRequester, record, directory }))
      ? { person }
      : refused('not-asked', { audience });
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
  isRequester: boolean;
  record: QuestionRecord;
  directory: Directory;
}

async function isAmong(audience: Audience, { by, isRequester, record, directory }: Candidate): Promise<boolean> {
  if (audience.users.includes(by)) return true;
  if (audience.requesters && isRequester) return true;
  for (const group of audience.groups) if ((await directory.group(group)).includes(by)) return true;
  return audience.members && directory.isMember(parseThreadId(record.question.thread).channel, by);
}
