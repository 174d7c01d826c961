import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readModule, wrongDoors } from './doors.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

const check = (files: Record<string, string>) =>
  wrongDoors(Object.entries(files).map(([path, source]) => readModule(path, source)));

test('every import in the house goes through a door', () => {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));
  const modules = paths.map((path) => readModule(path.replaceAll('\\', '/'), readFileSync(join(SRC, path), 'utf8')));
  expect(modules.length).toBeGreaterThan(20);
  expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(50);
  expect(wrongDoors(modules)).toEqual([]);
});

describe('the check itself', () => {
  test.each([
    ['a static import', "import { a } from '../store/a.ts';"],
    ['a type', "import type { A } from '../store/a.ts';"],
    ['a side effect', "import '../store/a.ts';"],
    ['a dynamic import', "const a = async () => await import('../store/a.ts');"],
    ['an import in a type', "let a: import('../store/a.ts').A;"],
    ['a re-export', "export { a } from '../store/a.ts'; export const b = 1;"],
    ['a re-export of everything', "export * from '../store/a.ts'; export const b = 1;"],
    ['several lines', "import {\n  a, // 'b'\n  type C,\n} from\n  '../store/a.ts';"],
  ])('finds a wrong door taken by %s', (_, source) => {
    expect(check({ 'slack/x.ts': source })).toEqual(['slack/x.ts → store/a.ts']);
  });

  test('is not fooled by comments and strings', () => {
    const source =
      "// import '../store/a.ts'\nconst a = \"import '../store/a.ts'\"; /* process.env */ const b = `process.exit()`;";
    expect(check({ 'slack/x.ts': source })).toEqual([]);
  });

  test.each([
    ['slack/x.ts', '../thread/ids.ts'],
    ['slack/x.ts', '../clock.ts'],
    ['slack/x.ts', './deep/y.ts'],
    ['slack/deep/x.ts', '@slack/bolt'],
    ['sessions/x.ts', '@anthropic-ai/sdk/resources'],
    ['store/x.ts', 'keyv'],
    ['store/x.ts', 'libsql'],
    ['dispatch/x.ts', 'pino'],
    ['thread/x.ts', '../clock.ts'],
    ['config.ts', './settings.ts'],
    ['playground/x.ts', '../config.ts'],
    ['app.ts', './slack/x.ts'],
    ['app.ts', './config.ts'],
    ['main.ts', './app.ts'],
    ['main.ts', './ops/log.ts'],
    ['cli/x.ts', '../gate/y.ts'],
    ['cli/doctor/x.ts', '../../slack/examine/y.ts'],
  ])('lets %s import %s', (path, specifier) => {
    expect(check({ [path]: `import { a } from '${specifier}';` })).toEqual([]);
  });

  test.each([
    ['slack/x.ts', '../sessions/y.ts'],
    ['slack/x.ts', '../config.ts'],
    ['slack/x.ts', '../app.ts'],
    ['slack/x.ts', '@anthropic-ai/sdk'],
    ['thread/x.ts', '../slack/y.ts'],
    ['thread/x.ts', '../config.ts'],
    ['thread/x.ts', '@slack/types'],
    ['playground/slack/x.ts', '@slack/types'],
    ['playground/x.ts', '../thread/ids.ts'],
    ['playground/x.ts', '../store/y.ts'],
    ['app.ts', '@slack/bolt'],
    ['app.ts', './main.ts'],
    ['ops/x.ts', 'keyv'],
    ['ops/x.ts', '@keyv/redis'],
    ['clock.ts', './thread/ids.ts'],
    ['config.ts', './thread/ids.ts'],
    ['cli/x.ts', '../slack/y.ts'],
    ['cli/x.ts', '../app.ts'],
    ['cli/x.ts', '@slack/web-api'],
  ])('does not let %s import %s', (path, specifier) => {
    expect(check({ [path]: `import { a } from '${specifier}';` })).toHaveLength(1);
  });

  test('does not let an import hide what it imports', () => {
    expect(check({ 'slack/x.ts': 'const a = (p: string) => import(p);' })).toEqual(['slack/x.ts → <computed>']);
  });

  test.each([
    'const a = process.env.HOME;',
    "const a = process['env'];",
    'const { env } = process;',
    "import { env } from 'node:process';",
    'process.exit(1);',
    'process.exitCode = 1;',
  ])('keeps the edge of the process in main.ts: %s', (source) => {
    expect(check({ 'ops/x.ts': source })).toHaveLength(1);
    expect(check({ 'main.ts': source })).toEqual([]);
  });

  test('finds cycles of values, of any length, and lets types turn round', () => {
    const ring = {
      'slack/a.ts': "import { b } from './b.ts'; export const a = b;",
      'slack/b.ts': "import { c } from './c.ts'; export const b = c;",
      'slack/c.ts': "import { a } from './a.ts'; export const c = a;",
      'slack/d.ts': "import { a } from './a.ts'; export const d = a;",
    };
    expect(check(ring)).toEqual(['cycle: slack/a.ts ↔ slack/b.ts ↔ slack/c.ts']);
    expect(check({ ...ring, 'slack/c.ts': "import type { a } from './a.ts'; export type C = typeof a;" })).toEqual([]);
    // verbatimModuleSyntax keeps the import of inline types as a side effect.
    expect(check({ ...ring, 'slack/c.ts': "import { type a } from './a.ts'; export type C = typeof a;" })).toHaveLength(
      1,
    );
    expect(check({ 'slack/a.ts': "import { a } from './a.ts';" })).toEqual(['cycle: slack/a.ts']);
  });

  test('finds barrels and files outside every room', () => {
    expect(check({ 'slack/all.ts': "export { a } from './a.ts'; export * from './b.ts';" })).toEqual([
      'slack/all.ts is a barrel',
    ]);
    expect(check({ 'slack/index.ts': 'export const a = 1;' })).toEqual(['slack/index.ts is a barrel']);
    expect(check({ 'utils/a.ts': 'export const a = 1;' })).toEqual(['utils/a.ts stands in no room of the house']);
  });
});
