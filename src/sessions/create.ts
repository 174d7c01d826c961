import type Anthropic from '@anthropic-ai/sdk';
import type { Mount } from '../thread/file-ports.ts';
import { parseThreadId, type SessionId, sessionId } from '../thread/ids.ts';
import type { SessionSpec } from '../thread/ports.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { requestDeadline } from './client.ts';
import { capOf } from './raise.ts';

export interface CreateOptions extends OnceOptions {
  client: Anthropic;
  agent: { id: string; version?: number };
  environmentId: string;
  vaultIds: string[];
  budgetCents: number | null;
}

/** The API states no limit for titles; this is what a list in the Console shows. */
const LONGEST_TITLE = 200;
/** How far the API's clock may be behind ours and a new session still be found. */
const CLOCK_SKEW_MS = 300_000;

/** Creates a session once: `bridge_key` in its metadata is how an uncertain create is found again. */
export async function create(spec: SessionSpec, options: CreateOptions): Promise<SessionId> {
  const { client, agent } = options;
  const params = paramsOf(spec, options);
  if (spec.triedSince !== null && !options.doubts.has(spec.key)) options.doubts.set(spec.key, spec.triedSince);
  const log = options.log.child({ threadId: spec.thread });
  return applyOnce(
    {
      key: spec.key,
      subject: 'agent',
      async run() {
        const { data, request_id } = await client.beta.sessions
          .create(params, { signal: requestDeadline() })
          .withResponse();
        log.info({ sessionId: data.id, requestId: request_id }, 'session created');
        return sessionId(data.id);
      },
      async find(firstTriedAt) {
        const sessions = client.beta.sessions.list(
          { agent_id: agent.id, 'created_at[gte]': new Date(firstTriedAt - CLOCK_SKEW_MS).toISOString(), limit: 100 },
          { signal: requestDeadline() },
        );
        for await (const session of sessions) {
          if (session.metadata?.bridge_key === spec.key) return sessionId(session.id);
        }
        return undefined;
      },
    },
    { ...options, log },
  );
}

function paramsOf(
  { thread, key, title, mounts = [] }: SessionSpec,
  { agent, environmentId, vaultIds, budgetCents }: CreateOptions,
): Anthropic.Beta.SessionCreateParams {
  const { team, channel, root } = parseThreadId(thread);
  return {
    agent: { type: 'agent', ...agent },
    environment_id: environmentId,
    title: [...title].slice(0, LONGEST_TITLE).join(''),
    metadata: { slack_team: team, slack_channel: channel, slack_thread_ts: root, bridge_key: key },
    ...(vaultIds.length > 0 && { vault_ids: vaultIds }),
    ...(mounts.length > 0 && { resources: mounts.map(resourceOf) }),
    ...(budgetCents !== null && { budget: capOf(budgetCents) }),
  };
}

/** Rooted at the uploads folder by the API. */
export function resourceOf({ fileId, name }: Mount) {
  return { type: 'file' as const, file_id: fileId, mount_path: `/${name}` };
}
