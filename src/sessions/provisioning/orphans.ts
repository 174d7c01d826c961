import type { Declarations } from './declarations.ts';
import type { Kind, Lock } from './lock.ts';
import type { Remote } from './remote.ts';
import type { Change, Step } from './step.ts';

const KINDS = ['agents', 'environments', 'memory_stores'] as const satisfies readonly Kind[];

export interface OrphanOptions {
  remote: Remote;
  lock: Lock;
  /** Whether what is declared no more is to be archived. */
  archive?: boolean;
}

/** What the lock file knows and the file does not declare any more, agents first: they use the others. */
export async function orphanSteps(
  declared: Declarations,
  { remote, lock, archive = false }: OrphanOptions,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const kind of KINDS) {
    for (const [name, { id }] of Object.entries(lock[kind])) {
      const section = declared[kind]?.[name];
      if (section !== undefined && (section.id === undefined || section.id === id)) continue;
      const found = await remote[kind].find(id);
      if (found === null || found.isArchived) continue;
      const version = kind === 'agents' ? found.version : null;
      const action = archive ? 'archive' : 'orphan';
      const change: Change = { kind, name, action, id, version, fields: [], meanwhile: [] };
      steps.push({
        change,
        async run() {
          if (archive) await remote[kind].archive(id);
          return archive ? null : { id, version };
        },
      });
    }
  }
  return steps;
}
