/** A command cannot do its work until a person changes something: `message` says what. */
export class CliError extends Error {
  readonly exitCode = 2;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CliError';
  }
}

/** The same for a file that cannot be read; `advice` is what to do about it. */
export function unreadable(path: string, { error, advice }: { error: unknown; advice: string }): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why = code === 'ENOENT' ? `There is no ${path}` : `${path} cannot be read (${code})`;
  return new CliError(`${why}: ${advice}`, { cause: error });
}
