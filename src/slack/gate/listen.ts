import type { App } from '@slack/bolt';
import { GATE_ACTIONS, GATE_VIEWS } from './actions.ts';
import { readClick } from './click.ts';
import { createClicks, type GateDeps } from './clicks.ts';
import { createSubmissions, readSubmission } from './submissions.ts';

export interface ListenDeps extends GateDeps {
  /** Told of everything that is under way, which a shutdown waits for. */
  track(work: Promise<void>): Promise<void>;
}

/** Hears what people press on cards and send from modals. Bolt acknowledges neither by itself. */
export function listenForDecisions(app: App, { track, ...deps }: ListenDeps): void {
  const { log } = deps;
  const onClick = createClicks(deps);
  const onSubmission = createSubmissions(deps);

  /** An acknowledgement that cannot be sent must not keep what follows from happening. */
  const quietly = async (what: string, send: () => Promise<unknown>) => {
    try {
      await send();
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, what);
    }
  };

  app.action(GATE_ACTIONS, async ({ ack, body, respond, client }) => {
    const click = readClick(body);
    if (!click) return ack();
    const thread = click.threadTs === null ? {} : { thread_ts: click.threadTs };
    const tell = (text: string) =>
      quietly('answer to a click not sent', () =>
        respond({ response_type: 'ephemeral', replace_original: false, text, ...thread }),
      );
    await track(onClick(click, { ack: () => quietly('click not acknowledged', ack), tell, client }));
  });

  for (const callbackId of [GATE_VIEWS.deny, GATE_VIEWS.form]) {
    app.view(callbackId, async ({ ack, body, client }) => {
      const submission = readSubmission(body);
      if (!submission) return ack();
      await track(
        onSubmission(submission, { ack: (answer) => quietly('modal not acknowledged', () => ack(answer)), client }),
      );
    });
  }
}
