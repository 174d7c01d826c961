import type Anthropic from '@anthropic-ai/sdk';
import type { Mount } from '../thread/file-ports.ts';
import { parseThreadId, type SessionId, sessionId } from '../thread/ids.ts';
import type { SessionSpec } from '../thread/ports.ts';
import { applyOnce, type OnceOptions } from './apply-once.ts';
import { inTime } from './client.ts';
import { capOf } from './raise.ts';
import type { Target } from './route.ts';
import type { Router } from './router.ts';

export interface CreateOptions extends OnceOptions {
  client: Anthropic;
  router: Router;
  budgetCents: number | null;
}

/** The API states no limit for titles; this is what a list in the Console shows. */
const LONGEST_TITLE = 200;
/** How far the API's clock may be behind ours and a new session still be found. */
const CLOCK_SKEW_MS = 300_000;

/** Creates a session once: `bridge_key` in its metadata is how an uncertain create is found again. */
export async function create(spec: SessionSpec, options: CreateOptions): Promise<SessionId> {
  const { client, router } = options;
  const { target, route } = await router.target(spec.thread, spec.requester);
  const params = paramsOf(spec, { target, route, ...options });
  if (spec.triedSince !== null && !options.doubts.has(spec.key)) options.doubts.set(spec.key, spec.triedSince);
  const log = options.log.child({ threadId: spec.thread });
  return applyOnce(
    {
      key: spec.key,
      subject: 'agent',
      creates: 'later',
      async run() {
        const { data, request_id } = await inTime((signal) =>
          client.beta.sessions.create(params, { signal }).withResponse(),
        );
        log.info({ sessionId: data.id, requestId: request_id, route }, 'session created');
        return sessionId(data.id);
      },
      async find(firstTriedAt) {
        const since = new Date(firstTriedAt - CLOCK_SKEW_MS).toISOString();
        // Who was in a user group at the first try may have left it: it may have been another route's.
        for (const agentId of router.agentIds) {
          await options.reads.take();
          const found = await findByKey(spec.key, { client, agentId, since });
          if (found) return found;
        }
        return undefined;
      },
    },
    { ...options, log },
  );
}

interface Search {
  client: Anthropic;
  agentId: string;
  /** RFC 3339. */
  since: string;
}

function findByKey(key: string, { client, agentId, since }: Search): Promise<SessionId | undefined> {
  return inTime(async (signal) => {
    const asked = { agent_id: agentId, 'created_at[gte]': since, limit: 100 };
    for await (const session of client.beta.sessions.list(asked, { signal })) {
      if (session.metadata?.bridge_key === key) return sessionId(session.id);
    }
    return undefined;
  });
}

interface ParamsSource {
  target: Target;
  route: string | null;
  budgetCents: number | null;
}

function paramsOf(
  { thread, key, title, mounts = [] }: SessionSpec,
  { target, route, budgetCents }: ParamsSource,
): Anthropic.Beta.SessionCreateParams {
  const { team, channel, root } = parseThreadId(thread);
  const { agent, environmentId, vaultIds } = target;
  const resources = [...resourcesOf(target), ...mounts.map(resourceOf)];
  return {
    agent: { type: 'agent', id: agent.id, ...(agent.version !== null && { version: agent.version }) },
    environment_id: environmentId,
    title: [...title].slice(0, LONGEST_TITLE).join(''),
    metadata: {
      slack_team: team,
      slack_channel: channel,
      slack_thread_ts: root,
      bridge_key: key,
      ...(route !== null && { route }),
    },
    ...(vaultIds.length > 0 && { vault_ids: [...vaultIds] }),
    ...(resources.length > 0 && { resources }),
    ...(budgetCents !== null && { budget: capOf(budgetCents) }),
  };
}

/** What its route gives a session, besides the files of the thread. */
function resourcesOf({ memoryStores, repositories }: Target) {
  return [
    ...memoryStores.map(({ id, access, instructions }) => ({
      type: 'memory_store' as const,
      memory_store_id: id,
      access,
      ...(instructions !== null && { instructions }),
    })),
    ...repositories.map(({ url, token, checkout, path }) => ({
      type: 'github_repository' as const,
      url,
      ...(token !== null && { authorization_token: token }),
      ...(checkout !== null && { checkout }),
      ...(path !== null && { mount_path: path }),
    })),
  ];
}

/** Rooted at the uploads folder by the API. */
export function resourceOf({ fileId, name }: Mount) {
  return { type: 'file' as const, file_id: fileId, mount_path: `/${name}` };
}
