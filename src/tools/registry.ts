import type { Tool, Tools } from '../thread/gate-ports.ts';
import { ToolError } from './tool-error.ts';

/** The custom tools by name. Throws a ToolError when two have the same one. */
export function createTools(tools: readonly Tool[]): Tools {
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (byName.has(tool.name)) {
      throw new ToolError(`Drawbridge cannot start: two tools are called ${tool.name}. Rename one of them.`);
    }
    byName.set(tool.name, tool);
  }
  return { find: (name) => byName.get(name), names: () => [...byName.keys()] };
}
