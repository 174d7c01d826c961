/** Ends a switch over a union of ours: a case that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
