import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tool } from '../thread/gate-ports.ts';
import { looksLikeTool, readTool } from './read-tool.ts';
import { ToolError } from './tool-error.ts';

export interface LoadToolsOptions {
  /** Imports the module at this absolute path. */
  importModule(path: string): Promise<unknown>;
}

/**
 * Loads the custom tools of a folder: each `*.js`, `*.mjs` and, where Node runs it, `*.ts` file in it, but not in its
 * subfolders. A file exports one tool (as `default` or `tool`) or several, under any names or as a list.
 *
 * A tool is a plain object, so that its file need import nothing:
 *
 *     export default {
 *       name: 'deploy_status',                       // 1 to 128 letters, digits, _ or -
 *       description: 'Says what is deployed where.', // for the agent
 *       inputSchema: { type: 'object', properties: { service: { type: 'string' } }, required: ['service'] },
 *       people: 'allow',        // optional: 'ask' people first (the default), or 'allow'
 *       timeoutMs: 10_000,      // optional: a minute
 *       isRepeatable: true,     // optional: may run again after a crash
 *       async run({ service }, { thread, callId, requesters, signal, workspace, directory }) {
 *         return `${service} is at 1.2.3`;           // text, or content blocks
 *       },
 *     };
 *
 * `inputSchema` is a JSON Schema, whose patterns are RE2's, or a zod 4 object. A tool made for the Anthropic SDK
 * (`betaZodTool`, `betaTool`) is one too. What `run` throws is told to the agent.
 *
 * Rejects with one ToolError that names every file that cannot be used.
 */
export async function loadTools(folder: string, { importModule }: LoadToolsOptions): Promise<Tool[]> {
  const names = await toolFiles(folder);
  const loaded = await Promise.all(
    names.map(async (name) => {
      try {
        return { tools: toolsOf(await importModule(join(resolve(folder), name))), problems: [] };
      } catch (error) {
        return { tools: [], problems: [`${join(folder, name)}: ${explain(error)}`] };
      }
    }),
  );
  const problems = loaded.flatMap((one) => one.problems);
  if (problems.length > 0) throw startError(problems);
  return loaded.flatMap(({ tools }) => tools);
}

async function toolFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw startError([`DRAWBRIDGE_TOOLS names ${folder}, which cannot be read (${code})`], error);
  });
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  return (
    names
      .filter((name) => /^[^.].*\.(js|mjs|ts)$/.test(name) && !name.endsWith('.d.ts'))
      // What a compiler has written beside its source stands for it.
      .filter((name) => !(name.endsWith('.ts') && names.includes(name.replace(/\.ts$/, '.js'))))
      .sort()
  );
}

function toolsOf(module: unknown): Tool[] {
  const exported = typeof module === 'object' && module !== null ? Object.entries(module) : [];
  const meant = exported.flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.filter(looksLikeTool);
    if (looksLikeTool(value)) return [value];
    if (name === 'default' || name === 'tool') throw new ToolError(`its ${name} export is not a tool`);
    return [];
  });
  if (meant.length === 0) {
    throw new ToolError('it exports no tool: export one as default, or move the file into a subfolder');
  }
  return [...new Set(meant)].map(readTool);
}

function explain(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return 'this version of Node does not run TypeScript: compile the file, or use Node 22.18 or newer';
  }
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `it cannot be loaded (${why})`;
}

function startError(problems: string[], cause?: unknown): ToolError {
  const [only = ''] = problems;
  const what =
    problems.length === 1
      ? only
      : `${problems.length} tool files need a change:${problems.map((problem) => `\n  - ${problem}`).join('')}`;
  return new ToolError(`Drawbridge cannot start: ${what}`, { cause });
}
