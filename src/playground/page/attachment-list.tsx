import type { VNode } from 'preact';
import type { Attachment } from './attachments.ts';
import { sizeInWords } from './files.tsx';
import { Icon } from './icons.tsx';

interface AttachmentListProps {
  files: Attachment[];
  remove: (file: Attachment) => void;
}

/** What will go with the message, each with a way to leave it out. */
export function AttachmentList({ files, remove }: AttachmentListProps): VNode | null {
  if (files.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Files to send">
      {files.map((file, place) => (
        // Two files may have the same name, and even the same bytes.
        <li key={`${place} ${file.name}`} class="attachment">
          <Icon name="file" />
          <span class="attachment-name" title={file.name}>
            {file.name} <small>{sizeInWords(file.size)}</small>
          </span>
          <button type="button" class="icon-button" aria-label={`Remove ${file.name}`} onClick={() => remove(file)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
