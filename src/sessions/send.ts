import type Anthropic from '@anthropic-ai/sdk';
import type { FileBlock } from '../thread/file-ports.ts';
import type { SessionId } from '../thread/ids.ts';
import { makeMarker, parseMarker } from '../thread/marker.ts';
import type { OutgoingMessage } from '../thread/ports.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';

/** How many of the newest messages may hide the one whose outcome is unknown. */
const LOOK_BACK = 50;

export interface SendOptions extends OnceOptions {
  client: Anthropic;
  /** In the same request, what the session does or waits for is ended. */
  interrupting?: boolean | undefined;
  /** An earlier process may have sent it, so it is looked for first. */
  isTried?: boolean | undefined;
}

/** Delivers one person's message exactly once: its marker is how an uncertain send is found again. */
export async function send(session: SessionId, message: OutgoingMessage, options: SendOptions): Promise<void> {
  const { client, interrupting = false, isTried = false, doubts, clock } = options;
  const { ts, again = 0 } = message.marker;
  const key = `${session} ${ts} ${again}`;
  if (isTried && !doubts.has(key)) doubts.set(key, clock.now());
  const content = [makeMarker(message.marker), ...message.blocks].map(blockOf);
  const said = { type: 'user.message' as const, content };
  const events = interrupting ? [{ type: 'user.interrupt' as const }, said] : [said];
  const log = options.log.child({ sessionId: session, slackTs: ts });
  await applyOnce<true>(
    {
      key,
      subject: 'session',
      creates: 'later',
      async run() {
        const { request_id } = await inTime((signal) =>
          client.beta.sessions.events.send(session, { events }, { signal }).withResponse(),
        );
        log.debug({ requestId: request_id }, 'message sent');
        return true;
      },
      async find() {
        await options.reads.take();
        const page = await inTime((signal) =>
          client.beta.sessions.events.list(
            session,
            { order: 'desc', types: ['user.message'], limit: LOOK_BACK },
            { signal },
          ),
        );
        const isIt = (sent: ReturnType<typeof markerOf>) => sent?.ts === ts && (sent.again ?? 0) === again;
        const found = page.data.some((event) => event.type === 'user.message' && isIt(markerOf(event.content)));
        return found ? true : undefined;
      },
    },
    { ...options, log },
  );
}

function blockOf(block: string | FileBlock) {
  if (typeof block === 'string') return { type: 'text' as const, text: block };
  const source = { type: 'file' as const, file_id: block.fileId };
  if (block.type === 'image') return { type: 'image' as const, source };
  return { type: 'document' as const, source, title: block.title };
}

function markerOf(content: readonly { type: string; text?: string }[]) {
  return content[0]?.type === 'text' ? parseMarker(content[0].text) : null;
}
