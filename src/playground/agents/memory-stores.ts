import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { badRequest, notFound } from './api-error.ts';
import type { MakeId } from './ids.ts';
import { mergeMetadata, metadata, metadataPatch } from './metadata.ts';
import { type Page, pageOf } from './paging.ts';
import { parse } from './parse.ts';
import { readPage } from './query.ts';

const name = z.string().min(1).max(255);
const description = z.string().max(1024);
const CREATE = z.strictObject({ name, description: description.optional(), metadata: metadata.optional() });
const UPDATE = z.strictObject({
  name: name.nullish(),
  description: description.nullish(),
  metadata: metadataPatch.nullish(),
});

interface MemoryStore {
  id: string;
  type: 'memory_store';
  name: string;
  /** Empty when there is none. */
  description: string;
  metadata: Record<string, string>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
}

/** The stores themselves; what is in them is nothing that a bridge touches. */
export interface MemoryStores {
  create(body: unknown): MemoryStore;
  retrieve(id: string): MemoryStore;
  update(id: string, body: unknown): MemoryStore;
  archive(id: string): MemoryStore;
  list(query: URLSearchParams): Page<MemoryStore>;
}

export function createMemoryStores(clock: Clock, makeId: MakeId): MemoryStores {
  const stores = new Map<string, MemoryStore>();
  const now = () => new Date(clock.now()).toISOString();
  const find = (id: string) => {
    const found = stores.get(id);
    if (!found) throw notFound('Memory store', id);
    return found;
  };
  const save = (store: MemoryStore) => {
    stores.set(store.id, store);
    return store;
  };
  return {
    create(body) {
      const given = parse(CREATE, body);
      const stamps = { created_at: now(), updated_at: now(), archived_at: null };
      const fields = { name: given.name, description: given.description ?? '', metadata: given.metadata ?? {} };
      return save({ id: makeId('memstore'), type: 'memory_store', ...fields, ...stamps });
    },
    retrieve: find,
    update(id, body) {
      const old = find(id);
      const given = parse(UPDATE, body);
      if (old.archived_at) throw badRequest(`Memory store '${id}' is archived.`);
      return save({
        ...old,
        name: given.name ?? old.name,
        description: given.description === undefined ? old.description : (given.description ?? ''),
        metadata: mergeMetadata(old.metadata, given.metadata ?? {}),
        updated_at: now(),
      });
    },
    archive(id) {
      const old = find(id);
      return old.archived_at ? old : save({ ...old, archived_at: now(), updated_at: now() });
    },
    list(query) {
      const archivedToo = query.get('include_archived') === 'true';
      const rows = [...stores.values()].filter((one) => archivedToo || one.archived_at === null).reverse();
      return pageOf(rows, (one) => one.id, readPage(query, { limit: 20, max: 100, order: 'desc' }));
    },
  };
}
