import type { Desk, Gate } from '../../thread/gate-ports.ts';
import type { Inbox, Sessions } from '../../thread/ports.ts';
import type { Recorder } from './recorder.ts';

interface Ports {
  inbox: Inbox;
  gate: Gate;
  desk: Desk;
  sessions: Sessions;
}

/** The same ports, with what goes through them told to the recorder. */
export function recordPorts({ inbox, gate, desk, sessions }: Ports, recorder: Recorder): Ports {
  return {
    inbox: {
      ...inbox,
      async add(input) {
        const isNew = await inbox.add(input);
        if (isNew) recorder.input(input);
        return isNew;
      },
    },
    gate: {
      ...gate,
      async consider(question) {
        const standing = await gate.consider(question);
        recorder.question(standing.id, question);
        return standing;
      },
    },
    desk: {
      ...desk,
      async decide(act) {
        const index =
          act.choice.type === 'pick' ? await placeOf(act.choice.value, await desk.card(act.question)) : null;
        const ruling = await desk.decide(act);
        if (ruling.type === 'decided' || ruling.type === 'counted') recorder.decision({ ...act, index });
        return ruling;
      },
      async opened(question, by) {
        await desk.opened(question, by);
        recorder.opened(question, by);
      },
    },
    sessions: {
      ...sessions,
      async create(spec) {
        const session = await sessions.create(spec);
        recorder.session(session, spec.thread);
        return session;
      },
      follow: (session, options) =>
        sessions.follow(session, {
          ...options,
          tell(event) {
            recorder.event(session, event);
            options.tell(event);
          },
        }),
    },
  };
}

async function placeOf(value: string, card: Awaited<ReturnType<Desk['card']>>): Promise<number | null> {
  const buttons = card?.body.type === 'form' ? (card.body.buttons ?? []) : [];
  const index = buttons.findIndex((button) => button.value === value);
  return index < 0 ? null : index;
}
