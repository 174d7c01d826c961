import type { Clock } from '../../clock.ts';
import { newId } from './ids.ts';
import type { StoredFile } from './model.ts';

/** The files of the workspace, and the uploads that are not finished yet. */
export interface FileStore {
  get(id: string): StoredFile | undefined;
  add(file: { name: string; bytes: Uint8Array; user: string; team: string; title?: string }): StoredFile;
  /** Announces an upload; its bytes follow with `receive`, and `finish` makes it a file. */
  announce(upload: { name: string; user: string; team: string; length: number }): string;
  receive(id: string, bytes: Uint8Array): 'ok' | 'unknown' | 'wrong_length';
  finish(id: string, title: string | undefined): StoredFile | undefined;
}

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  ts: 'text/typescript',
  txt: 'text/plain',
  webp: 'image/webp',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  yaml: 'text/yaml',
  yml: 'text/yaml',
  zip: 'application/zip',
};

export function createFileStore(clock: Clock): FileStore {
  const files = new Map<string, StoredFile>();
  const uploads = new Map<string, { name: string; user: string; team: string; length: number; bytes?: Uint8Array }>();

  const store = (id: string, file: { name: string; bytes: Uint8Array; user: string; team: string; title?: string }) => {
    const { name, bytes, user, team, title = name } = file;
    const stored: StoredFile = {
      id,
      name,
      title,
      mimetype: mimetypeOf(name),
      user,
      team,
      createdMs: clock.now(),
      bytes,
      shares: [],
    };
    files.set(id, stored);
    return stored;
  };

  return {
    get: (id) => files.get(id),
    add: (file) => store(newId('F'), file),
    announce(upload) {
      const id = newId('F');
      uploads.set(id, { ...upload });
      return id;
    },
    receive(id, bytes) {
      const upload = uploads.get(id);
      if (!upload) return 'unknown';
      if (upload.length !== bytes.length) return 'wrong_length';
      upload.bytes = bytes;
      return 'ok';
    },
    finish(id, title) {
      const upload = uploads.get(id);
      if (!upload?.bytes) return undefined;
      uploads.delete(id);
      return store(id, { ...upload, bytes: upload.bytes, ...(title ? { title } : {}) });
    },
  };
}

function mimetypeOf(name: string): string {
  return TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}
