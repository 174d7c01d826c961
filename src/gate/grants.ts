import type { ToolCall } from '../thread/event.ts';
import type { Registry } from '../thread/gate-ports.ts';
import type { ThreadId } from '../thread/ids.ts';

/** A person's approval of a tool for the rest of a thread. */
interface Grant {
  by: string;
  at: number;
}

type Scope = { tool: Pick<ToolCall, 'kind' | 'name' | 'server'>; rule: string | null };

/** What people agreed to for the rest of a thread: one tool, under the very rule that asked for it. */
export interface Grants {
  find(thread: ThreadId, scope: Scope): Promise<Grant | null>;
  give(thread: ThreadId, options: { scope: Scope; grant: Grant }): Promise<void>;
}

export function createGrants(registry: Registry): Grants {
  return {
    find: async (thread, scope) => ((await registry.load(grantId(thread, scope))) as Grant | undefined) ?? null,
    async give(thread, { scope, grant }) {
      await registry.change(grantId(thread, scope), () => grant);
    },
  };
}

/** Under another rule, a call that looks alike is another matter. */
function grantId(thread: ThreadId, { tool: { kind, name, server }, rule }: Scope): string {
  return JSON.stringify([thread, kind, server ?? null, name, rule]);
}
