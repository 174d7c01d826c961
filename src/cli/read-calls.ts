import { z } from 'zod';
import { isBuiltIn } from '../gate/policy/check-match.ts';
import { CliError } from './cli-error.ts';
import type { KnownCall } from './judge-call.ts';

export interface TestCall extends KnownCall {
  expect: 'allow' | 'ask' | 'deny' | null;
}

const fileCall = z.strictObject({
  tool: z.string().min(1),
  server: z.string().min(1).optional(),
  kind: z.enum(['built-in', 'mcp', 'custom']).optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  channel: z.string().optional(),
  requester: z.string().optional(),
  requesters: z.array(z.string()).optional(),
  people: z.enum(['ask', 'allow']).optional(),
  expect: z.enum(['allow', 'ask', 'deny']).optional(),
});

/** The tool calls of a file's text: a JSON array, or JSON lines. Throws a CliError that names every fault. */
export function readCalls(path: string, text: string): TestCall[] {
  const values = parse(path, text);
  if (values.length === 0) throw new CliError(`${path} has no tool calls: write one as {"tool": "bash"}.`);
  const results = values.map((value) => fileCall.safeParse(value));
  const faults = results.flatMap(({ error }, index) =>
    (error?.issues ?? []).map(({ path: at, message }) => `${path}: call ${index + 1}: ${[...at, message].join(': ')}`),
  );
  if (faults.length > 0) throw new CliError(faults.join('\n'));
  return results.flatMap(({ data }) => (data ? [known(data)] : []));
}

function known({ tool: name, server, kind, input, expect, ...rest }: z.infer<typeof fileCall>): TestCall {
  const { channel = '', requester, requesters = [], people: base = 'ask' } = rest;
  const guessed = server !== undefined ? 'mcp' : isBuiltIn(name) ? 'built-in' : 'custom';
  return {
    tool: { kind: kind ?? guessed, name, ...(server === undefined ? {} : { server }) },
    input,
    channel,
    requesters: requester === undefined ? requesters : [...new Set([requester, ...requesters])],
    base,
    expect: expect ?? null,
  };
}

function parse(path: string, text: string): unknown[] {
  const whole = parseJson(text);
  if (whole) return Array.isArray(whole.value) ? whole.value : [whole.value];
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = parseJson(line);
    if (parsed) return [parsed.value];
    throw new CliError(
      `${path}:${index + 1} is not JSON: the file must be one array of calls, or one call on each line.`,
    );
  });
}

function parseJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}
