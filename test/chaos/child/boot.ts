/** Runs the bundled bot with V8's compiled code at hand: a rig that starts thousands of processes pays for each start. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, wrap } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

const path = process.argv[2] ?? '';
// V8 tells old code from new only by its length.
const compiled = `${path}.${Math.round(statSync(path).mtimeMs)}.compiled`;
const script = new Script(wrap(readFileSync(path, 'utf8')), {
  filename: path,
  ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
});
script.runInThisContext()({}, createRequire(path), { exports: {} }, path, '');

/** Late, so that it holds what runs in a conversation too. */
function keepCompiled(): void {
  if (existsSync(compiled)) return;
  const folder = dirname(path);
  for (const name of readdirSync(folder)) if (name.endsWith('.compiled')) rmSync(join(folder, name), { force: true });
  writeFileSync(`${compiled}.${process.pid}`, script.createCachedData());
  renameSync(`${compiled}.${process.pid}`, compiled);
}

process.on('message', keepCompiled);
