import { badRequest } from './api-error.ts';
import type { SentEvent } from './event-schema.ts';
import type { FileStore } from './files.ts';

export const MAX_INITIAL_DOCUMENTS = 100;

const FITTING = {
  image: ['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  // Of text, plain text only: every other type has to be sent as such or mounted.
  document: ['application/pdf', 'text/plain'],
};

interface ShownFile {
  type: 'image' | 'document';
  fileId: string;
  event: number;
  block: number;
}

/** Every image and document that is given as a file. */
export function shownFiles(events: SentEvent[]): ShownFile[] {
  return events.flatMap((sent, event) =>
    ('content' in sent ? (sent.content ?? []) : []).flatMap((one, block): ShownFile[] => {
      if (one.type !== 'image' && one.type !== 'document') return [];
      return one.source.type === 'file' ? [{ type: one.type, fileId: one.source.file_id, event, block }] : [];
    }),
  );
}

/** Throws the 404 or 400 of the first file that does not exist or cannot be shown as what its block says. */
export function checkFileBlocks(events: SentEvent[], files: FileStore): void {
  for (const { type, fileId, event, block } of shownFiles(events)) {
    const { mime_type } = files.retrieve(fileId);
    if (FITTING[type].includes(mime_type)) continue;
    const types = FITTING[type].join(', ');
    throw badRequest(
      `events.${event}.content.${block}.source: file '${fileId}' is ${mime_type}; ${type} blocks take ${types}`,
    );
  }
}
