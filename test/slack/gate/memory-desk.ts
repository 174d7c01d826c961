import type { Desk } from '../../../src/thread/gate-ports.ts';
import type {
  Card,
  CardBody,
  Choice,
  Outcome,
  QuestionId,
  Refused,
  Ruling,
  Shown,
} from '../../../src/thread/question.ts';

const questionId = (name: string) => name as QuestionId;

export const toolBody = (fields: Partial<Extract<CardBody, { type: 'tool' }>> = {}) => ({
  type: 'tool' as const,
  tool: { kind: 'built-in' as const, name: 'bash' },
  title: 'bash · npm test',
  child: null,
  excerpt: { format: 'text' as const, text: '{\n  "command": "npm test"\n}' },
  isCut: false,
  mustOpen: false,
  masked: 0,
  hash: 'a'.repeat(64),
  offersThread: false,
  ...fields,
});

export function card(id: string, fields: Partial<Card> = {}): Card {
  return {
    id: questionId(id),
    state: 'open',
    body: toolBody(),
    requesters: ['U0ANA00001'],
    audience: { users: [], groups: [], members: true, requesters: true, notRequesters: false },
    quorum: 1,
    approvals: [],
    expiresAt: null,
    onExpiry: 'deny',
    outcome: null,
    nudges: [],
    ...fields,
  };
}

export function outcome(result: Outcome['result'], fields: Partial<Outcome> = {}): Outcome {
  return { result, by: ['U0BEN00002'], at: 1_769_900_000_000, reason: null, detail: null, forThread: false, ...fields };
}

const RESULTS: Record<Choice['type'], Outcome['result']> = {
  approve: 'approved',
  deny: 'denied',
  pick: 'answered',
  answer: 'answered',
  decline: 'declined',
  raise: 'raised',
  leave: 'left',
};

/** A desk that decides each question once, and remembers who asked what of it. `hooks` say no, fail or take their time. */
export function memoryDesk() {
  const cards = new Map<string, Card>();
  const texts = new Map<string, Shown>();
  const decided: { question: string; by: string; choice: Choice }[] = [];
  const readers: { question: string; by: string }[] = [];
  const hooks = {
    beforeDecide: async (): Promise<void> => {},
    beforeRead: async (): Promise<void> => {},
    onOpened: async (): Promise<void> => {},
    rule: (_act: { question: QuestionId; by: string; choice?: Choice }): Ruling | null => null,
  };
  const refusal = (act: { question: QuestionId; by: string; choice?: Choice }): Ruling | null => {
    const known = cards.get(act.question);
    if (!known) return refused('unknown');
    if (known.outcome) return refused('decided', { outcome: known.outcome });
    return hooks.rule(act);
  };

  return {
    hooks,
    decided,
    readers,
    put(added: Card, text?: string) {
      cards.set(added.id, added);
      if (text !== undefined) texts.set(added.id, { format: 'text', text });
      return added;
    },
    forget: (id: string) => void cards.delete(id),
    async decide(act) {
      await hooks.beforeDecide();
      const said = refusal(act);
      if (said) return said;
      const done = outcome(RESULTS[act.choice.type], { by: [act.by] });
      decided.push(act);
      const known = cards.get(act.question);
      if (known) cards.set(act.question, { ...known, state: 'sending', outcome: done });
      return { type: 'decided', outcome: done };
    },
    async check(act) {
      await hooks.beforeRead();
      const said = refusal(act);
      return said?.type === 'refused' ? said : null;
    },
    card: async (question) => cards.get(question) ?? null,
    async inFull(question) {
      await hooks.beforeRead();
      return texts.get(question) ?? null;
    },
    async opened(question, by) {
      await hooks.onOpened();
      readers.push({ question, by });
    },
  } satisfies Desk & Record<string, unknown>;
}

export function refused(why: Refused['why'], fields: Partial<Refused> = {}): Refused {
  return { type: 'refused', why, outcome: null, audience: null, ...fields };
}
