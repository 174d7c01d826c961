import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import type { MakeId } from './ids.ts';
import { mergeMetadata, metadata, metadataPatch } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { parse } from './parse.ts';
import { readPage } from './query.ts';

const networking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unrestricted') }),
  z.strictObject({
    type: z.literal('limited'),
    allowed_hosts: z.array(z.string().regex(/^[^/:]+$/, 'must be a host name, without scheme or path')).default([]),
    allow_mcp_servers: z.boolean().default(false),
    allow_package_managers: z.boolean().default(false),
  }),
]);
const list = z.array(z.string()).default([]);
const packages = z.strictObject({ apt: list, cargo: list, gem: list, go: list, npm: list, pip: list });
const config = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('cloud'),
    networking: networking.default({ type: 'unrestricted' }),
    packages: packages.prefault({}),
  }),
  z.strictObject({ type: z.literal('self_hosted') }),
]);
const name = z.string().min(1).max(256);
const description = z.string().max(2048).nullish();
const CREATE = z.strictObject({
  name,
  description,
  metadata: metadata.nullish(),
  config: config.prefault({ type: 'cloud' }),
});
const UPDATE = z.strictObject({
  name: name.optional(),
  description,
  metadata: metadataPatch.nullish(),
  config: config.optional(),
});

interface Environment {
  id: string;
  type: 'environment';
  name: string;
  description: string | null;
  metadata: Record<string, string>;
  config: z.output<typeof config>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
}

export interface EnvironmentStore {
  create(body: unknown): Environment;
  retrieve(id: string): Environment;
  update(id: string, body: unknown): Environment;
  archive(id: string): Environment;
  delete(id: string): { id: string; type: 'environment_deleted' };
  list(query: URLSearchParams): Page<Environment>;
}

export function createEnvironmentStore(clock: Clock, makeId: MakeId): EnvironmentStore {
  const environments = new Map<string, Environment>();
  const now = () => new Date(clock.now()).toISOString();
  const find = (id: string) => {
    const found = environments.get(id);
    if (!found) throw notFound('Environment', id);
    return found;
  };
  const save = (environment: Environment) => {
    const taken = [...environments.values()].some(
      (other) => other.name === environment.name && other.id !== environment.id,
    );
    if (taken) throw new ApiError(409, `An environment named '${environment.name}' already exists.`);
    environments.set(environment.id, environment);
    return environment;
  };
  return {
    create(body) {
      const given = parse(CREATE, body);
      const stamps = { created_at: now(), updated_at: now(), archived_at: null };
      const fields = { description: given.description ?? null, metadata: given.metadata ?? {}, config: given.config };
      return save({ id: makeId('env'), type: 'environment', name: given.name, ...fields, ...stamps });
    },
    retrieve: find,
    update(id, body) {
      const old = find(id);
      const given = parse(UPDATE, body);
      if (old.archived_at) throw badRequest(`Environment '${id}' is archived.`, 'environment_archived');
      if (given.config && given.config.type !== old.config.type) {
        throw badRequest('config.type cannot be changed after creation', 'invalid_config_type_change');
      }
      return save({
        ...old,
        name: given.name ?? old.name,
        description: given.description === undefined ? old.description : given.description || null,
        metadata: mergeMetadata(old.metadata, given.metadata ?? {}),
        config: given.config ?? old.config,
        updated_at: now(),
      });
    },
    archive(id) {
      const old = find(id);
      return old.archived_at ? old : save({ ...old, archived_at: now(), updated_at: now() });
    },
    delete(id) {
      find(id);
      environments.delete(id);
      return { id, type: 'environment_deleted' };
    },
    list(query) {
      const page = readPage(query, { limit: 20, max: 100, order: 'desc' });
      const archivedToo = query.get('include_archived') === 'true';
      const rows = [...environments.values()].filter((one) => archivedToo || one.archived_at === null).reverse();
      return pageOf(rows, (one) => one.id, page);
    },
  };
}
