/** One or many, as the file has it, as many. */
export function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
