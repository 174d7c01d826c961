import { z } from 'zod';
import type { HandlerTool, ToolContext } from '../thread/gate-ports.ts';
import { checkName, createHandlerTool } from './handler-tool.ts';
import { outputText } from './output-text.ts';
import { isRecord } from './schema/plain-schema.ts';
import { ToolError } from './tool-error.ts';
import { jsonInput, type ToolInput, zodInput } from './tool-input.ts';

/** Whether a module's export is meant as a tool, well-formed or not. */
export function looksLikeTool(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && ['run', 'inputSchema', 'input_schema'].some((key) => key in value);
}

/**
 * A tool from an object that anybody may have written: ours, a plain one, or one made for the Anthropic SDK. Throws a
 * ToolError that says what it lacks.
 */
export function readTool(object: Record<string, unknown>): HandlerTool {
  const { name, description, people, timeoutMs, isRepeatable, run } = object;
  checkName(name);
  if (isDefined(object)) return object;
  if (typeof run !== 'function') throw new ToolError(`the tool ${name}: run must be a function`);
  // `createHandlerTool` checks each of these, whatever they are.
  return createHandlerTool({
    name,
    description: description as string,
    people: people as HandlerTool['people'] | undefined,
    timeoutMs: timeoutMs as number | undefined,
    isRepeatable: isRepeatable as boolean | undefined,
    input: inputOf(name, object),
    run: (input, context) => asSdkErrors(async () => run.call(object, input, sdkContext(name, { input, context }))),
  });
}

/** Made by `defineTool`. */
function isDefined(object: object): object is HandlerTool {
  return 'type' in object && object.type === 'handler' && 'check' in object && typeof object.check === 'function';
}

function inputOf(name: string, object: Record<string, unknown>): ToolInput {
  const { inputSchema, input_schema = inputSchema, parse } = object;
  try {
    if (isZod(input_schema)) return zodInput(input_schema);
    return jsonInput(input_schema, typeof parse === 'function' ? (input) => parse.call(object, input) : undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolError(`the tool ${name}: ${why}`, { cause: error });
  }
}

/** A zod 4 schema, also of another copy of zod. */
function isZod(schema: unknown): schema is z.ZodType {
  return (
    schema instanceof z.ZodType || (isRecord(schema) && '_zod' in schema && typeof schema.safeParse === 'function')
  );
}

/** Our context, with the names under which the SDK's runners give the call. */
function sdkContext(name: string, { input, context }: { input: unknown; context: ToolContext }) {
  const toolUse = { type: 'agent.custom_tool_use', id: context.callId, name, input };
  return { ...context, toolUse, toolUseBlock: toolUse };
}

/** The SDK's ToolError carries what the agent is told as content blocks. */
async function asSdkErrors(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('content' in error)) throw error;
    throw new Error(outputText(error.content), { cause: error });
  }
}
