import type { VNode } from 'preact';
import type { PlaygroundFile } from './contract.ts';
import { Icon } from './icons.tsx';
import { localPath } from './links.ts';

/** The files of a message: pictures as pictures, everything else as a card to open or download. */
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
  const open = { href, target: '_blank', rel: 'noopener noreferrer' };
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.mimetype)) {
    return (
      <figure class="file-picture">
        <figcaption>
          <span class="file-name">{file.title}</span> <Download file={file} href={href} />
        </figcaption>
        <a {...open}>
          <img class="file-image" src={href} alt={file.alt || file.title} />
        </a>
      </figure>
    );
  }
  return (
    <div class="file-card">
      <Icon name="file" />
      <a {...open}>
        <strong class="file-name">{file.title}</strong>
        <small>
          {typeInWords(file)} · {sizeInWords(file.size)}
        </small>
      </a>
      <Download file={file} href={href} />
    </div>
  );
}

function Download({ file, href }: { file: PlaygroundFile; href: string }): VNode {
  return (
    <a class="icon-button" href={href} download={file.name} aria-label={`Download ${file.name}`} title="Download">
      <Icon name="download" />
    </a>
  );
}

function typeInWords({ name, mimetype }: PlaygroundFile): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  return ending ? ending.toUpperCase() : mimetype;
}

export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 100) / 10} kB` : `${Math.round(bytes / 100_000) / 10} MB`;
}
