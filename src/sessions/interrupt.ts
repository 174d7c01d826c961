import type Anthropic from '@anthropic-ai/sdk';
import type { SessionId } from '../thread/ids.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';

/** Stops what the session is doing. A second interrupt of an idle session does nothing, so it may land twice. */
export async function interrupt(session: SessionId, options: OnceOptions & { client: Anthropic }): Promise<void> {
  const log = options.log.child({ sessionId: session });
  await applyOnce(
    {
      key: `${session} interrupt`,
      subject: 'session',
      creates: 'soon',
      async run() {
        const { request_id } = await inTime((signal) =>
          options.client.beta.sessions.events
            .send(session, { events: [{ type: 'user.interrupt' }] }, { signal })
            .withResponse(),
        );
        log.debug({ requestId: request_id }, 'interrupt sent');
      },
    },
    { ...options, log },
  );
}
