import type { Clock } from '../clock.ts';
import type { Attendance } from './attendance.ts';
import type { Gate } from './gate-ports.ts';
import type { ThreadId } from './ids.ts';
import { inputKey } from './input.ts';
import { type LateSettings, WORTH_TELLING_MS } from './late.ts';
import type { Inbox } from './ports.ts';
import type { Stage } from './stage.ts';
import { note, writersOf } from './turn.ts';

interface WindUpPorts {
  stage: Stage;
  inbox: Inbox;
  gate: Pick<Gate, 'spent'>;
  attendance: Pick<Attendance, 'missedMs' | 'last'>;
  late: LateSettings;
  clock: Clock;
}

/** What is done with a turn that has ended, before it stands complete in Slack and is forgotten. */
export async function windUp(thread: ThreadId, ports: WindUpPorts): Promise<void> {
  sayHowOld(ports);
  await sendAgain(thread, ports);
  await count(thread, ports);
}

/** What ended while nobody was there does not pass for new. */
function sayHowOld({ stage, attendance, late, clock }: WindUpPorts): void {
  const absence = attendance.last();
  const { endedAt } = stage.turn();
  if (absence === null || endedAt === null || stage.record().toldAway === absence.to) return;
  const ended = Date.parse(endedAt);
  if (attendance.missedMs(ended) < WORTH_TELLING_MS) return;
  const ageMs = clock.now() - ended;
  const isOld = ageMs >= late.oldAnswerAfterMs;
  const awayMs = absence.to - absence.from;
  stage.tellLateAnswer(absence.to, { code: 'late-answer', awayMs, ageMs, isOld });
}

/** What the session lost is in the inbox again before the turn that lost it is forgotten. */
async function sendAgain(thread: ThreadId, { stage, inbox }: WindUpPorts): Promise<void> {
  // What is in the inbox still has not been sent at all, and is sent as it is.
  const waiting = new Set((await inbox.list(thread)).map(inputKey));
  const lost = stage.lost().filter((message) => !waiting.has(inputKey(message)));
  for (const message of lost) await inbox.add({ ...message, again: (message.again ?? 0) + 1 });
  if (lost.length > 0) stage.change((turn) => note(turn, 'sent-again', { code: 'sent-again', count: lost.length }));
}

/** What the turn has cost counts toward the budgets of the day. */
async function count(thread: ThreadId, { stage, gate, clock }: WindUpPorts): Promise<void> {
  const turn = stage.turn();
  const { key, cents, centsBefore } = turn;
  const cost = (cents ?? 0) - (centsBefore ?? 0);
  const author = writersOf(turn)[0] ?? stage.record().recipient?.user ?? null;
  if (cost > 0) await gate.spent({ thread, key, author, cents: cost, at: clock.now() });
}
