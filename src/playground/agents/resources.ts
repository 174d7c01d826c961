import type { Clock } from '../../clock.ts';
import { badRequest, notFound } from './api-error.ts';
import type { FileStore } from './files.ts';
import type { MakeId } from './ids.ts';
import type { MemoryStores } from './memory-stores.ts';
import { parse } from './parse.ts';
import type { Resource, Session } from './session.ts';
import { ADD_RESOURCE, type ResourceParam } from './session-schema.ts';

const UPLOADS = '/mnt/session/uploads';
const MAX_FILES = 500;
const MAX_MEMORY_STORES = 8;

/** What is mounted into a session's sandbox. */
export interface Resources {
  /**
   * Refuses a path that is taken, with a 400: the reference does not say what happens, and a client that expects less
   * is safe either way. Nothing is mounted when one of them cannot be.
   */
  mount(sessionId: string, params: ResourceParam[], taken?: string[]): Resource[];
  add(session: Session, body: unknown): Resource;
  find(session: Session, id: string): Resource;
  update(session: Session, id: string): Resource;
  remove(session: Session, id: string): { id: string; type: 'session_resource_deleted' };
}

interface ResourceWorld {
  clock: Clock;
  makeId: MakeId;
  files: FileStore;
  memoryStores: MemoryStores;
}

export function createResources({ clock, makeId, files, memoryStores }: ResourceWorld): Resources {
  const find = (session: Session, id: string) => {
    const found = session.resources.find((resource) => resource.id === id);
    if (!found) throw notFound('Resource', id);
    return found;
  };
  const mountOne = (sessionId: string, param: ResourceParam): Resource => {
    const at = new Date(clock.now()).toISOString();
    const stamps = { created_at: at, updated_at: at };
    const id = makeId('sesrsc');
    if (param.type === 'memory_store') {
      const { access, instructions, memory_store_id } = param;
      const path = `/mnt/memory/${slug(memoryStores.retrieve(memory_store_id).name)}`;
      const given = { access: access ?? 'read_write', instructions: instructions ?? null };
      return { id, type: 'memory_store', memory_store_id, ...given, mount_path: path, ...stamps };
    }
    if (param.type === 'file') {
      const copy = files.copyInto(sessionId, param.file_id);
      return { id, type: 'file', file_id: copy.id, mount_path: mountPath(param), ...stamps };
    }
    const { authorization_token: _neverEchoed, ...repository } = param;
    const name =
      param.url
        .replace(/\/$/, '')
        .split('/')
        .at(-1)
        ?.replace(/\.git$/, '') ?? 'repository';
    return { ...repository, id, mount_path: param.mount_path ?? `/workspace/${name}`, ...stamps };
  };
  const checkMemory = (params: ResourceParam[]) => {
    const ids = params.flatMap((param) => (param.type === 'memory_store' ? [param.memory_store_id] : []));
    if (ids.length > MAX_MEMORY_STORES) {
      throw badRequest(`resources: at most ${MAX_MEMORY_STORES} memory stores are allowed in a session`);
    }
    const archived = ids.find((id) => memoryStores.retrieve(id).archived_at !== null);
    if (archived !== undefined) throw badRequest(`Memory store '${archived}' is archived.`);
  };
  const mount = (sessionId: string, params: ResourceParam[], taken: string[] = []) => {
    checkMemory(params);
    const paths = new Set(taken);
    for (const param of params) {
      if (param.type !== 'file') continue;
      files.retrieve(param.file_id);
      const path = mountPath(param);
      if (paths.has(path)) throw badRequest(`mount_path: '${path}' is already used in this session`);
      paths.add(path);
    }
    return params.map((param) => mountOne(sessionId, param));
  };
  return {
    mount,
    add(session, body) {
      if (session.archivedAt) throw badRequest(`Session '${session.id}' is archived.`);
      const files = session.resources.filter(({ type }) => type === 'file');
      if (files.length >= MAX_FILES) throw badRequest(`resources: at most ${MAX_FILES} files are allowed in a session`);
      const [resource] = mount(session.id, [parse(ADD_RESOURCE, body)], pathsOf(files));
      if (!resource) throw new Error('nothing was mounted');
      session.resources.push(resource);
      return resource;
    },
    find,
    update(session, id) {
      const resource = find(session, id);
      if (resource.type !== 'github_repository') throw badRequest('Only repository resources can be updated.');
      return resource;
    },
    remove(session, id) {
      find(session, id);
      session.resources = session.resources.filter((resource) => resource.id !== id);
      return { id, type: 'session_resource_deleted' };
    },
  };
}

/** Rooted at the uploads folder: `/data.csv` → `/mnt/session/uploads/data.csv`. */
function mountPath({ mount_path, file_id }: Extract<ResourceParam, { type: 'file' }>): string {
  const path = mount_path ?? `/${file_id}`;
  if (path.split('/').includes('..')) throw badRequest('mount_path: must not contain ..');
  if (path.startsWith(`${UPLOADS}/`)) return path;
  return `${UPLOADS}/${path.replace(/^\/+/, '')}`;
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function pathsOf(resources: Resource[]): string[] {
  return resources.map((resource) => String(resource.mount_path));
}
