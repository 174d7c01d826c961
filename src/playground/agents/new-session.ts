import type { Clock } from '../../clock.ts';
import type { AgentStore } from './agents.ts';
import { badRequest } from './api-error.ts';
import type { EnvironmentStore } from './environments.ts';
import { createEventLog } from './event-log.ts';
import { parseEvents, type SentEvent } from './event-schema.ts';
import { checkFileBlocks, MAX_INITIAL_DOCUMENTS, shownFiles } from './file-blocks.ts';
import type { FileStore } from './files.ts';
import type { MakeId } from './ids.ts';
import { parse } from './parse.ts';
import type { Resources } from './resources.ts';
import type { Session } from './session.ts';
import { resolveSessionAgent } from './session-agent.ts';
import { CREATE_SESSION } from './session-schema.ts';
import { noUsage } from './usage.ts';

interface NewSessionWorld {
  clock: Clock;
  makeId: MakeId;
  agents: AgentStore;
  environments: EnvironmentStore;
  resources: Resources;
  files: FileStore;
}

/** A session as `POST /v1/sessions` asks for it, and the events it starts with; nothing is kept when it throws. */
export function newSession(body: unknown, world: NewSessionWorld): { session: Session; initial: SentEvent[] } {
  const { environment_id, initial_events, ...fields } = parse(CREATE_SESSION, body);
  const agent = resolveSessionAgent(world.agents, fields.agent);
  const environment = world.environments.retrieve(environment_id);
  if (environment.archived_at) throw badRequest('The environment is archived.', 'environment_archived');
  const initial = checkInitial(initial_events ?? []);
  checkFileBlocks(initial, world.files);
  const id = world.makeId('sesn');
  const createdAt = new Date(world.clock.now()).toISOString();
  const session: Session = {
    id,
    createdAt,
    updatedAt: createdAt,
    archivedAt: null,
    deleted: false,
    title: fields.title ?? null,
    metadata: fields.metadata ?? {},
    environmentId: environment_id,
    agent,
    vaultIds: fields.vault_ids ?? [],
    budget: fields.budget ?? null,
    resources: world.resources.mount(id, fields.resources ?? []),
    status: 'idle',
    statusSince: Number.NEGATIVE_INFINITY,
    stop: null,
    threadId: world.makeId('sthr'),
    children: [],
    log: createEventLog(world.clock, world.makeId),
    calls: new Map(),
    queue: [],
    usage: noUsage(),
  };
  return { session, initial };
}

function checkInitial(events: unknown[]): SentEvent[] {
  const initial = parseEvents(events);
  const wrong = initial.find((event) => event.type !== 'user.message' && event.type !== 'user.define_outcome');
  if (wrong) throw badRequest(`initial_events: '${wrong.type}' is not allowed here`);
  if (initial.filter((event) => event.type === 'user.define_outcome').length > 1) {
    throw badRequest('initial_events: at most one user.define_outcome is allowed');
  }
  const documents = shownFiles(initial).filter(({ type }) => type === 'document');
  if (documents.length > MAX_INITIAL_DOCUMENTS) {
    throw badRequest(`initial_events: at most ${MAX_INITIAL_DOCUMENTS} documents with file sources are allowed`);
  }
  return initial;
}
