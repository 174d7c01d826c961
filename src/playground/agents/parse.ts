import type { z } from 'zod';
import { badRequest } from './api-error.ts';

/** The body as the schema has it; throws a 400 that names the first wrong field. */
export function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw badRequest(describeIssue(parsed.error));
  return parsed.data;
}

/** `events.0.content.1.source: Invalid input` */
export function describeIssue(error: z.ZodError, prefix: (string | number)[] = []): string {
  const issue = error.issues[0];
  const path = [...prefix, ...(issue?.path ?? [])].map(String).join('.');
  return `${path || 'body'}: ${issue?.message ?? 'Invalid input'}`;
}
