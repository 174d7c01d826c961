import type { z } from 'zod';
import type { HandlerTool, ToolContext } from '../thread/gate-ports.ts';
import { createHandlerTool } from './handler-tool.ts';
import type { ToolOutput } from './output-text.ts';
import { ToolError } from './tool-error.ts';
import { zodInput } from './tool-input.ts';

export interface ToolDefinition<Schema extends z.ZodObject> {
  /** 1 to 128 letters, digits, `_` or `-`; the agent must have a custom tool of this name. */
  name: string;
  /** What it does and when to use it, for the agent. */
  description: string;
  inputSchema: Schema;
  /** Whether people are asked first where no rule of the policy says otherwise. `ask` when left out. */
  people?: 'ask' | 'allow';
  /** A minute when left out, an hour at most. */
  timeoutMs?: number;
  /** Whether it may run again when the process died while it ran; not, when left out. */
  isRepeatable?: boolean;
  /** What it throws is told to the agent as an error result. */
  run(input: z.output<Schema>, context: ToolContext): ToolOutput | Promise<ToolOutput>;
}

/** A custom tool that code of ours runs. Throws a ToolError for a definition that cannot be used. */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): HandlerTool {
  const { inputSchema, run, ...parts } = definition;
  return createHandlerTool({
    ...parts,
    input: inputOf(inputSchema, parts.name),
    // The schema's output is what `read` gives.
    run: (input, context) => run(input as z.output<Schema>, context),
  });
}

function inputOf(schema: z.ZodObject, name: string) {
  try {
    return zodInput(schema);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolError(`the tool ${name}: ${why}`, { cause: error });
  }
}
