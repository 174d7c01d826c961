import type { Clock } from '../../clock.ts';
import { badRequest, notFound } from './api-error.ts';
import type { FileStore } from './files.ts';
import type { MakeId } from './ids.ts';
import { parse } from './parse.ts';
import type { Resource, Session } from './session.ts';
import { ADD_RESOURCE, type ResourceParam } from './session-schema.ts';

const UPLOADS = '/mnt/session/uploads';

/** What is mounted into a session's sandbox. */
export interface Resources {
  mount(sessionId: string, param: ResourceParam): Resource;
  add(session: Session, body: unknown): Resource;
  find(session: Session, id: string): Resource;
  update(session: Session, id: string): Resource;
  remove(session: Session, id: string): { id: string; type: 'session_resource_deleted' };
}

interface ResourceWorld {
  clock: Clock;
  makeId: MakeId;
  files: FileStore;
}

export function createResources({ clock, makeId, files }: ResourceWorld): Resources {
  const find = (session: Session, id: string) => {
    const found = session.resources.find((resource) => resource.id === id);
    if (!found) throw notFound('Resource', id);
    return found;
  };
  const mount = (sessionId: string, param: ResourceParam): Resource => {
    const at = new Date(clock.now()).toISOString();
    const stamps = { created_at: at, updated_at: at };
    const id = makeId('sesrsc');
    if (param.type === 'memory_store') return { ...param, id, ...stamps };
    if (param.type === 'file') {
      const copy = files.copyInto(sessionId, param.file_id);
      const path = mountPath(param.mount_path ?? `/${param.file_id}`);
      return { id, type: 'file', file_id: copy.id, mount_path: path, ...stamps };
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
  return {
    mount,
    add(session, body) {
      if (session.archivedAt) throw badRequest(`Session '${session.id}' is archived.`);
      const resource = mount(session.id, parse(ADD_RESOURCE, body));
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
function mountPath(path: string): string {
  if (path.split('/').includes('..')) throw badRequest('mount_path: must not contain ..');
  if (path.startsWith(`${UPLOADS}/`)) return path;
  return `${UPLOADS}/${path.replace(/^\/+/, '')}`;
}
