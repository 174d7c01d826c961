import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from '../../../src/cli/setup/terminal-talk.ts';

/** A terminal with somebody at it. */
export interface Person {
  terminal: Terminal;
  /** Waits until this shows below all that it has answered so far, and presses these keys. */
  at(pattern: RegExp, ...keys: string[]): Promise<void>;
  /** Waits until this shows below all that it has answered so far. */
  sees(pattern: RegExp): Promise<void>;
  /** All that was ever shown, without colours. */
  seen(): string;
  /** The same with every control sequence. */
  written(): string;
}

export const ENTER = '\r';
export const DOWN = '\u001b[B';
export const CTRL_C = '\u0003';

export function createPerson(): Person {
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  let written = '';
  const screen = Object.assign(
    new Writable({
      write(chunk, _, done) {
        written += String(chunk);
        done();
      },
    }),
    { isTTY: true, columns: 100, rows: 50 },
  );
  let answered = 0;
  const seen = () => stripVTControlCharacters(written);
  const sees = async (pattern: RegExp) => {
    const deadline = Date.now() + 15_000;
    while (!pattern.test(seen().slice(answered))) {
      if (Date.now() > deadline) throw new Error(`${pattern} never showed:\n${seen()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    terminal: { input: keyboard, output: screen, isInteractive: true },
    sees,
    async at(pattern, ...keys) {
      await sees(pattern);
      answered = seen().length;
      // One after the other, as a keyboard sends them; what is pasted comes at once.
      for (const key of keys) {
        keyboard.write(key);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    seen,
    written: () => written,
  };
}
