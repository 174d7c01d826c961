import type { Clock } from '../../clock.ts';
import type { FileBytes } from './file-bytes.ts';
import { newId } from './ids.ts';
import type { FileMode, StoredFile } from './model.ts';

/** The files of the workspace, and the uploads that are not finished yet. */
export interface FileStore {
  get(id: string): StoredFile | undefined;
  add(file: NewFile): StoredFile;
  /** Announces an upload; its bytes follow with `receive`, and `finish` makes it a file. */
  announce(upload: Upload): string;
  receive(id: string, content: FileBytes): 'ok' | 'unknown' | 'wrong_length';
  /** Whether its bytes are there, and it is no file yet. */
  isComplete(id: string): boolean;
  finish(id: string, title: string | undefined): StoredFile | undefined;
}

interface Upload {
  name: string;
  user: string;
  team: string;
  /** Bytes. */
  length: number;
  alt?: string;
}

interface NewFile {
  name: string;
  content: FileBytes;
  user: string;
  team: string;
  title?: string;
  alt?: string;
  mimetype?: string;
  mode?: FileMode;
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
  const uploads = new Map<string, Upload & { content?: FileBytes }>();

  const store = (id: string, file: NewFile) => {
    const { name, content, user, team, alt, title = name, mimetype = mimetypeOf(name), mode = 'hosted' } = file;
    const stored: StoredFile = {
      id,
      name,
      title,
      ...(alt ? { alt } : {}),
      mimetype,
      user,
      team,
      createdMs: clock.now(),
      mode,
      content,
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
    receive(id, content) {
      const upload = uploads.get(id);
      if (!upload) return 'unknown';
      if (upload.length !== content.size) return 'wrong_length';
      upload.content = content;
      return 'ok';
    },
    isComplete: (id) => uploads.get(id)?.content !== undefined,
    finish(id, title) {
      const upload = uploads.get(id);
      if (!upload?.content) return undefined;
      uploads.delete(id);
      return store(id, { ...upload, content: upload.content, ...(title ? { title } : {}) });
    },
  };
}

function mimetypeOf(name: string): string {
  return TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}
