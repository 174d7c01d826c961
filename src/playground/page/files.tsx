import type { VNode } from 'preact';
import type { PlaygroundFile } from './contract.ts';
import { Icon } from './icons.tsx';
import { localPath } from './links.ts';

/** The files of a message: pictures as pictures, everything else as a card to open. */
export function FileList({ files }: { files: PlaygroundFile[] }): VNode {
  return (
    <ul class="files" aria-label="Files">
      {files.map((file) => (
        <li key={file.id}>
          <FileItem file={file} />
        </li>
      ))}
    </ul>
  );
}

function FileItem({ file }: { file: PlaygroundFile }): VNode {
  const href = localPath(file.preview_url) ?? '#';
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.mimetype)) {
    return (
      <a href={href} target="_blank" rel="noopener noreferrer">
        <img class="file-image" src={href} alt={file.name} />
      </a>
    );
  }
  return (
    <a class="file-card" href={href} target="_blank" rel="noopener noreferrer">
      <Icon name="file" />
      <span>
        <strong>{file.name}</strong>
        <small>{sizeInWords(file.size)}</small>
      </span>
    </a>
  );
}

export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 100) / 10} kB` : `${Math.round(bytes / 100_000) / 10} MB`;
}
