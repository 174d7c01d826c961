/** A JSON Schema that we cannot work with; `message` says why, in words for whoever wrote it. */
export class SchemaError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SchemaError';
  }
}
