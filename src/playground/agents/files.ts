import type { Clock } from '../../clock.ts';
import { ApiError, badRequest, notFound } from './api-error.ts';
import type { MakeId } from './ids.ts';
import { type Page, pageOf } from './paging.ts';
import { readList, readPage } from './query.ts';

interface StoredFile {
  body: FileBody;
  bytes: Blob;
  /** Clock time from which lists show it. */
  listedFrom: number;
}

interface FileBody {
  id: string;
  type: 'file';
  filename: string;
  mime_type: string;
  size_bytes: number;
  created_at: string;
  downloadable: boolean;
  expires_at: string | null;
  scope?: { type: 'session'; id: string };
}

interface NewFile {
  filename: string;
  mimeType: string;
  bytes: Blob;
}

export interface FileStore {
  /** A client's upload: it can be mounted, never downloaded again. */
  upload(file: NewFile, expiresInSeconds?: number): FileBody;
  /** The read-only copy a session gets of an upload, under a new id. */
  copyInto(sessionId: string, fileId: string): FileBody;
  /**
   * A file the agent wrote; listed `lagMs` later. Written again under the same name it is another file with another id,
   * and the old one stays listed: the reference does not say, and this is what a client has more trouble with.
   */
  write(sessionId: string, file: NewFile, lagMs: number): FileBody;
  retrieve(id: string): FileBody;
  content(id: string): { body: FileBody; bytes: Blob };
  /** The bytes of any file, as the sandbox sees them. */
  read(id: string): Blob;
  /** What the agent of a session wrote, oldest first, listed or not. */
  written(sessionId: string): FileBody[];
  list(query: URLSearchParams): Page<FileBody>;
  delete(id: string): { id: string; type: 'file_deleted' };
  deleteScope(sessionId: string): void;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const BAD_NAME = /[<>:"|?*\\/\u0000-\u001f]/;

export function createFileStore(clock: Clock, makeId: MakeId): FileStore {
  const files = new Map<string, StoredFile>();
  const at = (ms: number) => new Date(ms).toISOString();
  const find = (id: string) => {
    const found = files.get(id);
    if (!found) throw notFound('File', id);
    const { expires_at } = found.body;
    if (expires_at && Date.parse(expires_at) <= clock.now()) {
      throw new ApiError(404, `File '${id}' has expired.`, { code: 'file_expired' });
    }
    return found;
  };
  const save = (file: NewFile, more: Partial<FileBody>, listedFrom = clock.now()) => {
    const body: FileBody = {
      id: makeId('file'),
      type: 'file',
      filename: file.filename,
      mime_type: file.mimeType,
      size_bytes: file.bytes.size,
      created_at: at(clock.now()),
      downloadable: false,
      expires_at: null,
      ...more,
    };
    files.set(body.id, { body, bytes: file.bytes, listedFrom });
    return body;
  };
  const session = (id: string) => ({ scope: { type: 'session' as const, id } });
  return {
    upload(file, expiresInSeconds) {
      if (file.filename.length < 1 || file.filename.length > 255 || BAD_NAME.test(file.filename)) {
        throw badRequest('file: filename must have 1-255 characters and none of < > : " | ? * \\ /');
      }
      if (expiresInSeconds === undefined) return save(file, {});
      if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 3600 || expiresInSeconds > 7_776_000) {
        throw badRequest('expires_in_seconds: must be between 3600 and 7776000');
      }
      return save(file, { expires_at: at(clock.now() + expiresInSeconds * 1000) });
    },
    copyInto(sessionId, fileId) {
      const { body, bytes } = find(fileId);
      return save({ filename: body.filename, mimeType: body.mime_type, bytes }, session(sessionId));
    },
    write: (sessionId, file, lagMs) => save(file, { downloadable: true, ...session(sessionId) }, clock.now() + lagMs),
    retrieve: (id) => find(id).body,
    content(id) {
      const { body, bytes } = find(id);
      if (!body.downloadable) throw badRequest(`File '${id}' is not downloadable.`, 'file_not_downloadable');
      return { body, bytes };
    },
    read: (id) => find(id).bytes,
    written: (sessionId) =>
      [...files.values()].map(({ body }) => body).filter((body) => body.downloadable && body.scope?.id === sessionId),
    list(query) {
      const ids = new Set(readList(query, 'ids'));
      const known = [...files.values()].filter((file) => file.listedFrom <= clock.now());
      if (ids.size > 0) {
        if (ids.size > 100) throw badRequest('ids: at most 100 ids are allowed');
        if (query.has('page') || query.has('limit')) throw badRequest('ids: cannot be combined with page or limit');
        return { data: known.filter(({ body }) => ids.has(body.id)).map(({ body }) => body), next_page: null };
      }
      const scope = query.get('scope_id');
      const page = readPage(query, { limit: 20, max: 1000, order: 'desc' });
      const rows = known.filter(({ body }) => scope === null || body.scope?.id === scope).map(({ body }) => body);
      return pageOf(rows.reverse(), (body) => body.id, page);
    },
    delete(id) {
      find(id);
      files.delete(id);
      return { id, type: 'file_deleted' };
    },
    deleteScope(sessionId) {
      for (const { body } of [...files.values()]) if (body.scope?.id === sessionId) files.delete(body.id);
    },
  };
}
