import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import type { MountedFile } from './script.ts';
import type { Session } from './session.ts';

/** The sandbox as far as scripts see it: mounted uploads to read, outputs to write. */
export function createSandbox(files: FileStore, faults: FaultPoints) {
  return {
    mounted(session: Session): MountedFile[] {
      return session.resources
        .filter((resource) => resource.type === 'file')
        .map((resource) => {
          const id = String(resource.file_id);
          const path = String(resource.mount_path);
          return {
            path,
            name: path.split('/').at(-1) ?? path,
            mimeType: files.retrieve(id).mime_type,
            text: () => new TextDecoder().decode(files.read(id)),
          };
        });
    },
    writeOutput(session: Session, file: { name: string; mimeType: string; bytes: Uint8Array }): void {
      const { name: filename, mimeType, bytes } = file;
      files.write(session.id, { filename, mimeType, bytes }, faults.settings.outputsLagMs);
    },
  };
}
