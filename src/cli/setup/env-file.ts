/** `.env`: set-up changes the values it has, and nothing else in the file. */
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { CliError } from '../cli-error.ts';

type Values = Readonly<Record<string, string>>;

const HEADER = '# Settings of Drawbridge, as drawbridge setup wrote them; .env.example says what else there is.\n';

/** The text with these values in it: in place where they were set before, else at the end. Comments stay. */
export function withValues(text: string, values: Values): string {
  let next = text === '' ? HEADER : text.endsWith('\n') ? text : `${text}\n`;
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(value)}`;
    const places = [...next.matchAll(new RegExp(`^[^\\S\\n]*(?:export[^\\S\\n]+)?${name}[^\\S\\n]*=.*$`, 'gm'))];
    // The last one counts.
    const last = places.at(-1);
    if (last) next = next.slice(0, last.index) + line + next.slice(last.index + last[0].length);
    else next += `${line}\n`;
  }
  return next;
}

function quoted(value: string): string {
  if (/^[\w./:@%+,=-]+$/.test(value)) return value;
  // In double quotes a \n would be read as the end of a line.
  const quote = ['"', "'", '`', ''].find((mark) => parseEnv(`A=${mark}${value}${mark}`).A === value) ?? '"';
  return `${quote}${value}${quote}`;
}

/** Which of these the file has with another value. Throws a CliError when it cannot be read. */
export function replacedIn(path: string, values: Values): string[] {
  const before = parseEnv(readOrEmpty(path));
  return Object.keys(values).filter((name) => before[name] && before[name] !== values[name]);
}

/**
 * Writes the values to `path`, whole or not at all, for its owner alone to read. Throws a CliError that says why it was
 * not written.
 */
export function saveEnv(path: string, values: Values): void {
  const before = readOrEmpty(path);
  const after = withValues(before, values);
  const expected = { ...parseEnv(before), ...values };
  if (!isSame(parseEnv(after), expected)) {
    const why = 'it has lines that cannot be changed safely, such as a value over several lines';
    throw new CliError(`${path} was not written: ${why}. Set ${Object.keys(values).join(', ')} there yourself.`);
  }
  // One that is a link to a file elsewhere stays a link.
  const target = before === '' ? path : realpathSync(path);
  try {
    replaceFile(target, after);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(`${path} was not written (${code}): make it and its folder writable.`, { cause: error });
  }
}

function replaceFile(path: string, text: string): void {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(aside, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return '';
    throw new CliError(`${path} cannot be read (${code}): make it a readable file, or move it away.`, { cause: error });
  }
}

function isSame(a: NodeJS.Dict<string>, b: NodeJS.Dict<string>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
