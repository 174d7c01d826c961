import { z } from 'zod';
import { compileCheck } from './schema/compile-check.ts';
import { issuesInWords } from './schema/issue-words.ts';
import { isRecord, plainSchema } from './schema/plain-schema.ts';

/** What a tool takes: as the agent is told, and as it is checked. */
export interface ToolInput {
  /** JSON Schema, `type: object`. */
  schema: Record<string, unknown>;
  /** The input as the handler gets it, or what is wrong with it in words for the agent. Never throws. */
  read(input: unknown): { value: unknown } | { problem: string };
}

/** From a zod schema: the agent is told its input side, the handler gets its output. */
export function zodInput(type: z.ZodType): ToolInput {
  const { $schema: _version, ...schema } = z.toJSONSchema(type, { io: 'input' });
  if (schema.type !== 'object') throw new TypeError('inputSchema must be an object: z.object({ … })');
  return {
    schema,
    read(input) {
      try {
        const result = type.safeParse(input);
        return result.success ? { value: result.data } : { problem: issuesInWords(result.error.issues) };
      } catch (error) {
        // A refinement of the tool's own threw.
        return { problem: `this input cannot be checked: ${messageOf(error)}` };
      }
    },
  };
}

/**
 * From a JSON Schema. `parse`, which tools written for the Anthropic SDK have, checks in its place, unless it hands
 * back what it is given, as that of the SDK's `betaTool` does. Throws a SchemaError for a schema we cannot check.
 */
export function jsonInput(schema: unknown, parse?: (input: unknown) => unknown): ToolInput {
  if (!isRecord(schema) || schema.type !== 'object') {
    throw new TypeError('inputSchema must be a zod object or a JSON Schema with type "object"');
  }
  if (parse && checks(parse)) return { schema, read: (input) => readWith(parse, input) };
  const check = compileCheck(plainSchema(schema));
  return {
    schema,
    read(input) {
      const issues = check(input);
      return issues.length === 0 ? { value: input } : { problem: issuesInWords(issues) };
    },
  };
}

function checks(parse: (input: unknown) => unknown): boolean {
  const probe = {};
  try {
    return parse(probe) !== probe;
  } catch {
    // It refuses something, so it does check.
    return true;
  }
}

function readWith(parse: (input: unknown) => unknown, input: unknown): ReturnType<ToolInput['read']> {
  try {
    return { value: parse(input) };
  } catch (error) {
    const issues = error instanceof Error && 'issues' in error && Array.isArray(error.issues) ? error.issues : null;
    const readable = issues?.every((issue) => Array.isArray(issue?.path) && typeof issue.message === 'string');
    return { problem: issues && readable ? issuesInWords(issues) : messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
