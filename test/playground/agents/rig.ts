import Anthropic from '@anthropic-ai/sdk';
import { afterEach } from 'vitest';
import { type AgentsServerOptions, startAgentsServer } from '../../../src/playground/agents/server.ts';

export type LiveEvent = { type: string; id?: string; processed_at?: string | null; [field: string]: unknown };

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server and the real client pointed at it; closed after the test. */
export async function startRig(options: AgentsServerOptions = {}) {
  const server = await startAgentsServer({ pace: 0, ...options });
  cleanups.push(() => server.stop());
  const client = new Anthropic({ apiKey: server.apiKey, baseURL: server.url, maxRetries: 0 });
  const createSession = (more: object = {}) =>
    client.beta.sessions.create({ agent: server.agentId, environment_id: server.environmentId, ...more });
  return { server, client, createSession, follow: (id: string) => follow(client, id) };
}

/** An open stream whose events are collected as they come. */
export async function follow(client: Anthropic, sessionId: string, { previews = true } = {}) {
  const stream = await client.beta.sessions.events.stream(
    sessionId,
    previews ? { event_deltas: ['agent.message', 'agent.thinking'] } : {},
  );
  const events: LiveEvent[] = [];
  let waiting: (() => void)[] = [];
  let failure: unknown;
  let ended = false;
  const done = (async () => {
    try {
      for await (const event of stream) {
        events.push(event as unknown as LiveEvent); // the tests also look at types the SDK does not know
        wakeAll();
      }
    } catch (error) {
      failure = error;
    }
    ended = true;
    wakeAll();
  })();
  function wakeAll() {
    for (const wake of waiting.splice(0)) wake();
  }
  cleanups.push(() => {
    stream.controller.abort();
    waiting = [];
  });
  return {
    events,
    done,
    failure: () => failure,
    types: () => events.map((event) => event.type),
    /** Resolves with the first event (from `from` on) that passes. */
    async until(test: (event: LiveEvent) => boolean, from = 0): Promise<LiveEvent> {
      for (let at = from; ; at += 1) {
        while (at >= events.length) {
          if (ended) throw new Error(`stream ended (${failure}); saw ${events.map((event) => event.type).join(', ')}`);
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
        const event = events[at];
        if (event && test(event)) return event;
      }
    },
    /** The next session idle after what was seen so far, or from `from` on. */
    idle(from = 0) {
      return this.until((event) => event.type === 'session.status_idle', from);
    },
  };
}

export const message = (...texts: string[]) => ({
  type: 'user.message' as const,
  content: texts.map((text) => ({ type: 'text' as const, text })),
});

export const textOf = (event: LiveEvent | undefined) =>
  ((event?.content ?? []) as { text?: string }[]).map((block) => block.text ?? '').join('');
