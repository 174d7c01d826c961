import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../src/cli/run.ts';
import type { AuditEntry } from '../../src/thread/gate-ports.ts';
import { AT, chainOf } from '../gate/audit/entries.ts';

export interface Ran {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A temporary folder to run commands in; `now` is a day after the entries of `test/gate/audit/entries.ts`. */
export function createCli({ env = {} }: { env?: Record<string, string> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-cli-'));
  const started: { playground: boolean }[] = [];
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
    async run(...args: string[]): Promise<Ran> {
      let stdout = '';
      let stderr = '';
      const exitCode = await runCli(args, {
        env: () => ({ DRAWBRIDGE_DATA: folder, ...env }),
        async print(text) {
          stdout += text;
        },
        complain(text) {
          stderr += text;
        },
        readFile: (path) => readFileSync(path, 'utf8'),
        now: () => AT + 86_400_000,
        version: '1.2.3',
        async start(options) {
          started.push(options);
        },
      });
      return { exitCode, stdout, stderr };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
