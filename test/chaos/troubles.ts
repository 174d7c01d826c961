import type { SlackFaultSettings } from '../../src/playground/slack/faults.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

/** Something that a platform does to the bot. What concerns a call comes at its n-th call, whoever makes it when. */
export type Trouble =
  | { type: 'slack-call'; method: string; call: number; fault: SlackFault }
  | { type: 'agents-call'; route: string; call: number; fault: AgentsFault }
  | { type: 'streams'; frame: number; how: 'reset' | 'eof' | 'stall' }
  | { type: 'socket'; delivery: number; how: NonNullable<SlackFaultSettings['disconnect']> }
  /** The whole time. */
  | { type: 'deliveries'; duplicate: boolean; reorder_ms: number }
  | { type: 'list-lag'; ms: number }
  | { type: 'late-shares'; ms: number };

type SlackFault = NonNullable<SlackFaultSettings['calls']>[number]['fault'];
type AgentsFault = { status: number; retryAfter?: number } | { slowMs: number } | { lost: 'reset' | 'error' };

const WRITES = [
  'chat.postMessage',
  'chat.update',
  'chat.delete',
  'chat.startStream',
  'chat.appendStream',
  'chat.stopStream',
  'agents.sessions.setStatus',
  'reactions.add',
  'reactions.remove',
  'files.getUploadURLExternal',
  'files.upload',
  'files.completeUploadExternal',
];
const READS = ['conversations.replies', 'conversations.info', 'users.info', 'files.info', 'files.download'];
const ROUTES = [
  'POST /v1/sessions',
  'GET /v1/sessions',
  'POST /v1/sessions/:id/events',
  'GET /v1/sessions/:id/events',
  'GET /v1/sessions/:id/events/stream',
  'POST /v1/sessions/:id/resources',
  'POST /v1/files',
  'GET /v1/files',
  'GET /v1/files/:id/content',
];
/** How the agents server names them. */
const ROUTE_NAMES: Record<string, string> = {
  'POST /v1/sessions': 'sessions.create',
  'GET /v1/sessions': 'sessions.list',
  'POST /v1/sessions/:id/events': 'events.send',
  'GET /v1/sessions/:id/events': 'events.list',
  'GET /v1/sessions/:id/events/stream': 'events.stream',
  'POST /v1/sessions/:id/resources': 'resources.add',
  'POST /v1/files': 'files.upload',
  'GET /v1/files': 'files.list',
  'GET /v1/files/:id/content': 'files.content',
};

export function pickTroubles(chance: Chance): Trouble[] {
  return Array.from({ length: 1 + chance.below(4) }, () => pickTrouble(chance));
}

function pickTrouble(chance: Chance): Trouble {
  const call = 1 + chance.below(4);
  switch (chance.below(9)) {
    case 0:
    case 1:
      return { type: 'slack-call', method: chance.pick(WRITES), call: 1 + chance.below(8), fault: slackFault(chance) };
    case 2:
      return { type: 'slack-call', method: chance.pick(READS), call, fault: slackFault(chance) };
    case 3:
    case 4:
      return { type: 'agents-call', route: chance.pick(ROUTES), call, fault: agentsFault(chance) };
    case 5:
      return { type: 'streams', frame: 1 + chance.below(60), how: chance.pick(['reset', 'eof', 'stall']) };
    case 6:
      return {
        type: 'socket',
        delivery: 1 + chance.below(6),
        how: chance.pick(['warning', 'refresh_requested', 'abrupt']),
      };
    case 7:
      return { type: 'deliveries', duplicate: chance.oneIn(2), reorder_ms: chance.pick([0, 500, 3_000]) };
    default:
      return chance.oneIn(2)
        ? { type: 'list-lag', ms: chance.pick([500, 2_000, 4_000]) }
        : { type: 'late-shares', ms: chance.pick([1_000, 4_000]) };
  }
}

function slackFault(chance: Chance): SlackFault {
  const when = chance.pick(['before', 'after'] as const);
  switch (chance.below(4)) {
    case 0:
      return { type: 'http_500', when };
    case 1:
      return { type: 'reset', when };
    case 2:
      return { type: 'rate_limited', retry_after_s: 1 + chance.below(5) };
    default:
      return { type: 'slow', when, ms: chance.pick([500, 3_000, 20_000]) };
  }
}

function agentsFault(chance: Chance): AgentsFault {
  switch (chance.below(4)) {
    case 0:
      return { status: chance.pick([500, 503, 529]) };
    case 1:
      return { status: 429, retryAfter: 1 + chance.below(5) };
    case 2:
      return { slowMs: chance.pick([500, 3_000, 20_000]) };
    default:
      return { lost: chance.pick(['reset', 'error'] as const) };
  }
}

/** Has them happen, each when its time has come. */
export function cause(troubles: readonly Trouble[], { slack, agents, traffic }: World): void {
  const counts = new Map<string, number>();
  const nth = (what: string) => {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return count;
  };
  for (const trouble of troubles) {
    if (trouble.type === 'deliveries') {
      const { duplicate, reorder_ms } = trouble;
      slack.faults.apply({ deliveries: { duplicate, reorder_ms } });
    }
    if (trouble.type === 'list-lag') agents.faults.apply({ listLagMs: trouble.ms });
    if (trouble.type === 'late-shares') slack.faults.apply({ share_after_ms: trouble.ms });
  }
  // A call is told of before it is answered, so what is ordered here still meets it.
  traffic.listen(({ server, direction, name }) => {
    if (server === 'slack' && direction === 'in') atSlackCall(name, nth(`slack ${name}`));
    if (server === 'slack' && direction === 'out' && /^(events_api|interactive)/.test(name))
      atDelivery(nth('delivery'));
    if (server === 'agents' && direction === 'in') {
      const route = name.replace(/\/[a-z]+_\w+/g, '/:id');
      atRoute(route, nth(`agents ${route}`));
    }
    if (server === 'agents' && name.startsWith('sse ')) atFrame(nth('frame'));
  });

  function atSlackCall(method: string, call: number): void {
    for (const trouble of troubles) {
      if (trouble.type !== 'slack-call' || trouble.method !== method || trouble.call !== call) continue;
      slack.faults.apply({ calls: [{ method, next: 1, fault: trouble.fault }] });
    }
  }

  function atRoute(route: string, call: number): void {
    for (const trouble of troubles) {
      if (trouble.type !== 'agents-call' || trouble.route !== route || trouble.call !== call) continue;
      const name = ROUTE_NAMES[route] ?? route;
      const { fault } = trouble;
      if ('slowMs' in fault) agents.faults.apply({ slow: [{ route: name, ms: fault.slowMs }] });
      else if ('lost' in fault) agents.faults.apply({ lostAnswers: [{ route: name, answer: fault.lost }] });
      else agents.faults.failNext(name, fault);
    }
  }

  function atDelivery(delivery: number): void {
    for (const trouble of troubles) {
      if (trouble.type !== 'socket' || trouble.delivery !== delivery) continue;
      // After this delivery has left, not in the middle of it.
      queueMicrotask(() => slack.faults.apply({ disconnect: trouble.how }));
    }
  }

  function atFrame(frame: number): void {
    for (const trouble of troubles) {
      if (trouble.type === 'streams' && trouble.frame === frame)
        queueMicrotask(() => agents.faults.streams(trouble.how));
    }
  }
}
