import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartOptions } from '../../src/cli/world.ts';
import type { AuditEntry } from '../../src/thread/gate-ports.ts';
import { AT, chainOf } from '../gate/audit/entries.ts';
import { type Ran, runInWorld } from './world.ts';

/** A temporary folder to run commands in; `now` is a day after the entries of `test/gate/audit/entries.ts`. */
export function createCli({ env = {} }: { env?: Record<string, string> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-cli-'));
  const started: StartOptions[] = [];
  return {
    folder,
    started,
    file(name: string, content: string): string {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
    /** Gives the lines. */
    audit(entries: AuditEntry[]): string[] {
      const lines = chainOf(entries);
      writeFileSync(join(folder, 'audit.jsonl'), lines.join(''));
      return lines;
    },
    run: (...args: string[]): Promise<Ran> =>
      runInWorld(args, {
        env: () => ({ DRAWBRIDGE_DATA: folder, ...env }),
        now: () => AT + 86_400_000,
        async start(options) {
          started.push(options);
        },
      }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
