import type { FaultPoints } from './faults.ts';
import type { FileStore } from './files.ts';
import type { ScriptedFiles } from './script.ts';
import type { Session } from './session.ts';
import type { Spool } from './spool.ts';

export interface Sandbox {
  files(session: Session): ScriptedFiles;
}

interface SandboxWorld {
  files: FileStore;
  spool: Spool;
  faults: FaultPoints;
}

/** The sandbox as far as scripts see it: mounted uploads to read, outputs to write. */
export function createSandbox({ files, spool, faults }: SandboxWorld): Sandbox {
  return {
    files: (session) => ({
      mounted: () =>
        session.resources
          .filter((resource) => resource.type === 'file')
          .map((resource) => {
            const id = String(resource.file_id);
            const path = String(resource.mount_path);
            return {
              path,
              name: path.split('/').at(-1) ?? path,
              mimeType: files.retrieve(id).mime_type,
              bytes: files.read(id),
            };
          }),
      shown: ({ fileId }) => ({ mimeType: files.retrieve(fileId).mime_type, bytes: files.read(fileId) }),
      written: () => files.written(session.id).map(({ filename }) => filename),
      async write({ name: filename, mimeType, bytes }) {
        const intake = spool.take();
        await intake.write(bytes);
        files.write(session.id, { filename, mimeType, bytes: await intake.finish() }, faults.settings.outputsLagMs);
      },
    }),
  };
}
