import type { Card, QuestionId, Standing } from '../../src/thread/question.ts';

/** What the gate says of a call that people are asked about. */
export function asked(callId: string, change: Partial<Standing> = {}): Standing {
  const id = `q-${callId}` as QuestionId;
  return { id, card: cardFor(id), answer: null, busy: false, isClosed: false, dueAt: null, ...change };
}

export function cardFor(id: QuestionId, change: Partial<Card> = {}): Card {
  return {
    id,
    state: 'open',
    body: {
      type: 'tool',
      tool: { kind: 'built-in', name: 'bash' },
      title: 'bash · npm test',
      child: null,
      excerpt: { format: 'text', text: 'npm test' },
      isCut: false,
      mustOpen: false,
      masked: 0,
      hash: '0'.repeat(64),
      offersThread: false,
    },
    requesters: ['U1'],
    audience: { users: [], groups: [], members: true, requesters: false, notRequesters: false },
    quorum: 1,
    approvals: [],
    expiresAt: null,
    onExpiry: 'deny',
    outcome: null,
    nudges: [],
    ...change,
  };
}
