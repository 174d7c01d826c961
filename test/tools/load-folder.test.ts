import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { ToolError as SdkToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HandlerTool, Tool } from '../../src/thread/gate-ports.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { loadTools } from '../../src/tools/load-folder.ts';
import { ToolError } from '../../src/tools/tool-error.ts';
import { context } from './context.ts';

let folder: string;
const write = (name: string, source: string) => writeFileSync(join(folder, name), source);
const importModule = (path: string) => import(pathToFileURL(path).href);
const load = () => loadTools(folder, { importModule });
/** The tools of a folder with one file, which exports this. */
const loadModule = async (module: unknown): Promise<Tool[]> => {
  write('one.mjs', '');
  return loadTools(folder, { importModule: async () => module });
};
const loadOne = async (tool: unknown): Promise<HandlerTool> => {
  const [loaded] = await loadModule({ default: tool });
  if (loaded?.type !== 'handler') throw new Error('not a handler');
  return loaded;
};
const problem = async (loading: Promise<unknown>) => {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ToolError);
  return error instanceof Error ? error.message : '';
};

const OBJECT = "{ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }";
const source = (name: string, exported = 'export default') =>
  `${exported} { name: '${name}', description: 'x', inputSchema: ${OBJECT}, run: ({ a }) => '${name} ' + a };`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tools-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder of tools', () => {
  it('gives what its files export, under whatever name, each once', async () => {
    write('b.mjs', source('second'));
    write('a.mjs', source('first', 'export const tool ='));
    write('c.js', source('third', 'module.exports ='));
    write(
      'd.mjs',
      `${source('fourth', 'const one =')} ${source('fifth', 'export const two =')} export { one }; export default [one, two]; export const limit = 3;`,
    );
    const tools = await load();
    expect(tools.map(({ name }) => name)).toEqual(['first', 'second', 'third', 'fifth', 'fourth']);
    expect(tools[0]).toMatchObject({ type: 'handler', people: 'ask', timeoutMs: 60_000, isRepeatable: false });
    expect(tools[0]?.check({})).toMatch(/^a: /);
    expect(tools[0]?.type === 'handler' && (await tools[0].run({ a: 'x' }, context()))).toBe('first x');
  });

  it('may hold other things: data, types, hidden files, and what tools share, in a folder', async () => {
    write('a.mjs', source('first'));
    write('a.d.ts', 'export {};');
    write('notes.md', 'x');
    write('.hidden.mjs', 'throw new Error();');
    mkdirSync(join(folder, 'lib.js'));
    expect(await load()).toHaveLength(1);
  });

  it('uses what was compiled where the source stands beside it', async () => {
    write('a.js', source('first', 'module.exports ='));
    write('a.ts', 'throw new Error();');
    expect(await load()).toHaveLength(1);
  });

  it('names every file that cannot be used, and what to do', async () => {
    write('a.mjs', 'export const limit = 3;');
    write('b.mjs', 'export default 5;');
    write('c.mjs', 'throw new Error("no database");');
    write('d.mjs', 'export default {');
    write('e.mjs', source('no spaces'));
    write('f.mjs', source('fine'));
    const message = await problem(load());
    expect(message.split('\n')).toEqual([
      'Drawbridge cannot start: 5 tool files need a change:',
      `  - ${join(folder, 'a.mjs')}: it exports no tool: export one as default, or move the file into a subfolder`,
      `  - ${join(folder, 'b.mjs')}: its default export is not a tool`,
      `  - ${join(folder, 'c.mjs')}: it cannot be loaded (Error: no database)`,
      expect.stringMatching(/d\.mjs: it cannot be loaded \(\w*Error: /),
      `  - ${join(folder, 'e.mjs')}: "no spaces": a tool's name must be 1 to 128 letters, digits, _ or -`,
    ]);
  });

  it('must exist', async () => {
    expect(await problem(loadTools(join(folder, 'nowhere'), { importModule }))).toMatch(
      /^Drawbridge cannot start: DRAWBRIDGE_TOOLS names .*nowhere, which cannot be read \(ENOENT\)$/,
    );
  });

  it('says so when this Node runs no TypeScript', async () => {
    write('a.ts', source('first'));
    const refuse = async () =>
      Promise.reject(Object.assign(new TypeError('x'), { code: 'ERR_UNKNOWN_FILE_EXTENSION' }));
    expect(await problem(loadTools(folder, { importModule: refuse }))).toMatch(/a\.ts: .*does not run TypeScript/);
  });
});

describe('a tool of a file', () => {
  const plain = { name: 'plain', description: 'x', inputSchema: { type: 'object' }, run: () => 'ran' };

  it('may be one of defineTool', async () => {
    const tool = defineTool({ name: 'ours', description: 'x', inputSchema: z.object({}), run: () => 'ran' });
    expect(await loadOne(tool)).toBe(tool);
  });

  it('may have a zod schema, of another copy of zod too', async () => {
    const inputSchema = z.object({ a: z.string().transform((a) => a.length) });
    const foreign = { _zod: inputSchema._zod, safeParse: inputSchema.safeParse };
    for (const schema of [inputSchema, foreign]) {
      const tool = await loadOne({ ...plain, inputSchema: schema, run: ({ a }: { a: number }) => String(a) });
      expect(tool.inputSchema).toMatchObject({ type: 'object', required: ['a'] });
      expect(tool.check({})).toMatch(/^a: /);
      expect(await tool.run({ a: 'four' }, context())).toBe('4');
    }
  });

  it('says how people, time and repeats are dealt with', async () => {
    const tool = await loadOne({ ...plain, people: 'allow', timeoutMs: 5, isRepeatable: true });
    expect(tool).toMatchObject({ people: 'allow', timeoutMs: 5, isRepeatable: true });
  });

  it('gets its own object as this, and the context', async () => {
    const tool = await loadOne({
      ...plain,
      greeting: 'hello',
      run(this: { greeting: string }, _: unknown, { requesters }: { requesters: string[] }) {
        return `${this.greeting} ${requesters[0]}`;
      },
    });
    expect(await tool.run({}, context())).toBe('hello U0ANA');
  });

  it('never lets a pattern of its schema run wild', async () => {
    const properties = { a: { type: 'string', pattern: '^(a+)+$' } };
    const tool = await loadOne({ ...plain, inputSchema: { type: 'object', properties } });
    const started = performance.now();
    expect(tool.check({ a: `${'a'.repeat(50_000)}b` })).toBe('a: must match ^(a+)+$');
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(tool.check({ a: 'aaa' })).toBeNull();
  });

  it.each<[string, object, RegExp]>([
    ['without run', { run: undefined }, /run must be a function/],
    ['without a schema', { inputSchema: undefined }, /inputSchema must be/],
    ['with a schema that is no object', { inputSchema: { type: 'string' } }, /inputSchema must be/],
    ['with a schema we cannot check', { inputSchema: { type: 'object', not: { required: [] } } }, /cannot be checked/],
    ['without a name', { name: undefined }, /a tool without a name/],
    ['without a description', { description: undefined }, /description/],
  ])('is refused %s', async (_, wrong, words) => {
    expect(await problem(loadModule({ default: { ...plain, ...wrong } }))).toMatch(words);
  });
});

describe('a tool made for the SDK', () => {
  it('of betaZodTool checks by its own schema and runs', async () => {
    const seen: unknown[] = [];
    const tool = await loadOne(
      betaZodTool({
        name: 'sdk',
        description: 'x',
        inputSchema: z.object({ mail: z.email(), times: z.number().default(2) }),
        run(input, runContext) {
          seen.push(input, runContext?.toolUse.id, runContext?.toolUse.name, runContext?.signal);
          return [{ type: 'text', text: 'sent' }];
        },
      }),
    );
    expect(tool.check({ mail: 'x' })).toBe('mail: Invalid email address');
    const { signal } = new AbortController();
    expect(await tool.run({ mail: 'a@b.example' }, context({ signal }))).toBe('sent');
    expect(seen).toEqual([{ mail: 'a@b.example', times: 2 }, 'sevt_call1', 'sdk', signal]);
  });

  it('of betaTool, whose parse checks nothing, is checked by its JSON Schema', async () => {
    const inputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } as const;
    const tool = await loadOne(betaTool({ name: 'sdk', description: 'x', inputSchema, run: ({ n }) => String(n + 1) }));
    expect(tool.check({ n: '1' })).toMatch(/^n: /);
    expect(await tool.run({ n: 1 }, context())).toBe('2');
  });

  it('may fail with content blocks', async () => {
    const run = () => {
      throw new SdkToolError([{ type: 'text', text: 'no such order' }]);
    };
    const tool = await loadOne(betaZodTool({ name: 'sdk', description: 'x', inputSchema: z.object({}), run }));
    await expect(tool.run({}, context())).rejects.toThrow(/^no such order$/);
  });
});
