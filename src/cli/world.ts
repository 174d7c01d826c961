/** What a command may touch besides the files it is told to read. */
export interface World {
  /** The environment with `.env` under it. Throws a ConfigError when that cannot be read. */
  env(): Record<string, string | undefined>;
  /** To stdout; resolves when more may come. */
  print(text: string): Promise<void>;
  /** To stderr. */
  complain(text: string): void;
  /** Returns a file's text, or throws the error that `fs.readFileSync` throws. */
  readFile(path: string): string;
  /** ms since the epoch. */
  now(): number;
  version: string;
  /** Starts the bot and resolves once it runs. */
  start(options: { playground: boolean }): Promise<void>;
}
