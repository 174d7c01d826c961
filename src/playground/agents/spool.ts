import { mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Takes bytes as they come; what is small stays in memory, the rest goes to disk. */
export interface Spool {
  take(): Intake;
  /** Everything that was put on disk is gone. */
  clear(): void;
}

interface Intake {
  write(bytes: Uint8Array): Promise<void>;
  /** All that was written. */
  finish(): Promise<Blob>;
  /** Keeps nothing. */
  drop(): Promise<void>;
}

const IN_MEMORY_BYTES = 1_000_000;

export function createSpool(): Spool {
  let folder: string | undefined;
  let count = 0;
  const nextPath = () => {
    folder ??= mkdtempSync(join(tmpdir(), 'playground-files-'));
    count += 1;
    return join(folder, String(count));
  };
  return {
    take() {
      let held: Uint8Array[] = [];
      let size = 0;
      let disk: { path: string; file: Awaited<ReturnType<typeof open>> } | undefined;
      return {
        async write(bytes) {
          size += bytes.byteLength;
          if (!disk && size <= IN_MEMORY_BYTES) return void held.push(bytes.slice());
          if (!disk) {
            const path = nextPath();
            disk = { path, file: await open(path, 'wx') };
            for (const one of held) await disk.file.appendFile(one);
            held = [];
          }
          await disk.file.appendFile(bytes);
        },
        async finish() {
          if (!disk) return new Blob(held);
          await disk.file.close();
          return openAsBlob(disk.path);
        },
        async drop() {
          held = [];
          await disk?.file.close();
          if (disk) rmSync(disk.path, { force: true });
        },
      };
    },
    clear() {
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
