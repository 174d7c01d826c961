/** A custom tool cannot be used until an operator changes it; `message` says which one and what to do. */
export class ToolError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ToolError';
  }
}
