import { type default as Anthropic, APIError } from '@anthropic-ai/sdk';
import { type Clock, sleep } from '../clock.ts';
import { SessionError } from '../thread/errors.ts';
import type { SessionId } from '../thread/ids.ts';
import type { CallAnswer } from '../thread/ports.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';
import type { RawEvent } from './translate.ts';

export interface AnswerOptions extends OnceOptions {
  client: Anthropic;
}

interface GivenAnswer {
  callId: string;
  given: CallAnswer;
}

type Verdict = 'accepted' | 'too-late';

/** How many of the newest calls, answers and results may hide the ones that are looked for. */
const LOOK_BACK = 500;
const PAGE = 100;
/** A list may lag: what is not there at once may be there a moment later. */
const SECOND_LOOK_MS = 2_000;

/**
 * `Sessions.answer`. A confirmation that comes twice is accepted without effect; a second result of a custom tool is a
 * 400, as is an answer to a call that is closed. So after a 400 the history says what has become of the call.
 */
export async function answer(
  session: SessionId,
  { callId, given }: GivenAnswer,
  options: AnswerOptions,
): Promise<Verdict> {
  const { client } = options;
  const log = options.log.child({ sessionId: session, eventId: callId });
  const look = () => findAnswer(session, { callId, given }, options);
  try {
    return await applyOnce<Verdict>(
      {
        key: `${session} ${callId}`,
        subject: 'session',
        creates: 'soon',
        async run() {
          const { request_id } = await inTime((signal) =>
            client.beta.sessions.events.send(session, { events: [eventOf(callId, given)] }, { signal }).withResponse(),
          );
          log.debug({ requestId: request_id }, 'answer sent');
          return 'accepted';
        },
        find: look,
      },
      { ...options, log },
    );
  } catch (error) {
    const found = isRefused(error) ? await lookTwice(look, options.clock) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

function eventOf(callId: string, given: CallAnswer) {
  if (given.type === 'result') {
    return {
      type: 'user.custom_tool_result' as const,
      custom_tool_use_id: callId,
      content: [{ type: 'text' as const, text: given.text }],
      is_error: given.isError,
    };
  }
  const confirmation = { type: 'user.tool_confirmation' as const, tool_use_id: callId };
  return given.allow
    ? { ...confirmation, result: 'allow' as const }
    : { ...confirmation, result: 'deny' as const, deny_message: given.message };
}

function isRefused(error: unknown): boolean {
  return error instanceof SessionError && error.cause instanceof APIError && error.cause.status === 400;
}

/** What has become of a call that a request was refused for; when that cannot be seen, the refusal says more. */
async function lookTwice(look: () => Promise<Verdict | undefined>, clock: Clock): Promise<Verdict | undefined> {
  try {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(clock, SECOND_LOOK_MS);
    return await look();
  } catch {
    return undefined;
  }
}

/**
 * What the history says of the call; undefined: it has neither an answer nor a result. What came first counts: a late
 * or second confirmation is listed, too, and had no effect.
 */
async function findAnswer(
  session: SessionId,
  { callId, given }: GivenAnswer,
  { client, reads }: AnswerOptions,
): Promise<Verdict | undefined> {
  await reads.take();
  const asked = { order: 'desc' as const, limit: PAGE, types: [...CALLS, ...ANSWERS] };
  const first = await inTime(async (signal) => {
    let left = LOOK_BACK;
    let earliest: RawEvent | undefined;
    for await (const event of client.beta.sessions.events.list(session, asked, { signal })) {
      if (isAnswerTo(event, callId) || isResultOf(event, callId)) earliest = event;
      left -= 1;
      // Nothing about a call comes before it.
      if (left === 0 || ('id' in event && event.id === callId)) break;
    }
    return earliest;
  });
  if (first === undefined) return undefined;
  return isSame(first, given) ? 'accepted' : 'too-late';
}

const CALLS = ['agent.tool_use', 'agent.mcp_tool_use', 'agent.custom_tool_use'] as const;
const ANSWERS = [
  'user.tool_confirmation',
  'user.custom_tool_result',
  'agent.tool_result',
  'agent.mcp_tool_result',
] as const;

function isAnswerTo(event: RawEvent, callId: string): boolean {
  if (event.type === 'user.tool_confirmation') return event.tool_use_id === callId;
  return event.type === 'user.custom_tool_result' && event.custom_tool_use_id === callId;
}

function isResultOf(event: RawEvent, callId: string): boolean {
  if (event.type === 'agent.tool_result') return event.tool_use_id === callId;
  return event.type === 'agent.mcp_tool_result' && event.mcp_tool_use_id === callId;
}

function isSame(event: RawEvent, given: CallAnswer): boolean {
  if (event.type === 'user.tool_confirmation') {
    return given.type === 'confirmation' && event.result === (given.allow ? 'allow' : 'deny');
  }
  if (event.type !== 'user.custom_tool_result' || given.type !== 'result') return false;
  const [block] = event.content ?? [];
  return (event.is_error === true) === given.isError && block?.type === 'text' && block.text === given.text;
}
