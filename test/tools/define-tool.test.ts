import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../src/tools/define-tool.ts';
import { ToolError } from '../../src/tools/tool-error.ts';
import { context } from './context.ts';

const greet = defineTool({
  name: 'greet',
  description: 'Greets somebody.',
  inputSchema: z.object({ name: z.string().min(2), times: z.int().max(3).default(1) }),
  run: ({ name, times }) => `hello ${name}`.repeat(times),
});

describe('a defined tool', () => {
  it('asks people, within a minute and once, unless it says otherwise', () => {
    expect(greet).toMatchObject({ type: 'handler', people: 'ask', timeoutMs: 60_000, isRepeatable: false });
  });

  it('tells the agent the input side of its schema', () => {
    expect(greet.inputSchema).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 2 },
        times: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: 3, default: 1 },
      },
      required: ['name'],
    });
  });

  it('says in words what is wrong with an input, and with nothing else', () => {
    expect(greet.check({ name: 'Ana' })).toBeNull();
    expect(greet.check({ name: 'A', times: 4 })).toBe(
      'name: Too small: expected string to have >=2 characters; times: Too big: expected number to be <=3',
    );
    expect(greet.check(null)).toMatch(/expected object/);
  });

  it('runs with the parsed input', async () => {
    expect(await greet.run({ name: 'Ana' }, context())).toBe('hello Ana');
    await expect(greet.run({ name: 'A' }, context())).rejects.toThrow('name: Too small');
  });

  it('takes no input that its own check stumbles over', () => {
    const inputSchema = z.object({ a: z.string().refine((a) => JSON.parse(a)) });
    const tool = defineTool({ name: 'x', description: 'x', inputSchema, run: () => '' });
    expect(tool.check({ a: '{' })).toMatch(/cannot be checked/);
  });

  it('tells its failure as it is', async () => {
    const run = () => {
      throw new Error('the printer is on fire');
    };
    const tool = defineTool({ name: 'x', description: 'x', inputSchema: z.object({}), run });
    await expect(tool.run({}, context())).rejects.toThrow('the printer is on fire');
  });

  it('ends when the signal aborts, even if the handler does not listen', async () => {
    const stop = new AbortController();
    const run = () => new Promise<string>(() => {});
    const tool = defineTool({ name: 'x', description: 'x', inputSchema: z.object({}), run });
    const running = tool.run({}, context({ signal: stop.signal }));
    stop.abort(new Error('it took too long'));
    await expect(running).rejects.toThrow('it took too long');
    await expect(tool.run({}, context({ signal: stop.signal }))).rejects.toThrow('it took too long');
  });

  it('is heard no more when it fails after that', async () => {
    const stop = new AbortController();
    let fail = (_: Error) => {};
    const run = () =>
      new Promise<string>((_, reject) => {
        fail = reject;
      });
    const tool = defineTool({ name: 'x', description: 'x', inputSchema: z.object({}), run });
    const running = tool.run({}, context({ signal: stop.signal }));
    stop.abort();
    await expect(running).rejects.toThrow();
    // An unhandled rejection would fail the run of these tests.
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('what a tool gives is told to the agent as text', () => {
  const giving = (output: unknown) => {
    const inputSchema = z.object({});
    return defineTool({ name: 'x', description: 'x', inputSchema, run: () => output as string }).run({}, context());
  };
  const image = { type: 'image', source: { type: 'base64', data: 'AAAA', media_type: 'image/png' } };
  const found = {
    type: 'search_result',
    title: 'A page',
    source: 'https://a.example',
    content: [{ type: 'text', text: 'b' }],
  };
  it.each<[string, unknown, string]>([
    ['text', 'done', 'done'],
    ['nothing', undefined, '(no output)'],
    ['an empty text', '', '(no output)'],
    ['something else', { a: 1 }, '{"a":1}'],
    [
      'content blocks',
      [{ type: 'text', text: 'one' }, image, found],
      'one\n\n[image left out: only text can be passed on]\n\nA page · https://a.example\nb',
    ],
  ])('%s', async (_, output, text) => {
    expect(await giving(output)).toBe(text);
  });

  it('and not without end', async () => {
    const text = await giving('x'.repeat(100_500));
    expect(text).toHaveLength(100_000 + '\n[cut: 500 more characters]'.length);
    expect(text).toMatch(/\n\[cut: 500 more characters]$/);
  });
});

describe('a tool that cannot be defined', () => {
  const fine = { name: 'x', description: 'x', inputSchema: z.object({}), run: () => '' };
  it.each<[string, object, RegExp]>([
    ['without a name', { name: '' }, /1 to 128/],
    ['with a long name', { name: 'x'.repeat(129) }, /1 to 128/],
    ['with a name of other letters', { name: 'größe' }, /"größe": .*1 to 128/],
    ['without a description', { description: ' ' }, /the tool x: description/],
    ['whose input is no object', { inputSchema: z.string() }, /the tool x: inputSchema must be an object/],
    ['whose input has no JSON', { inputSchema: z.object({ a: z.bigint() }) }, /the tool x: .*BigInt/],
    ['that lets people guess', { people: 'maybe' }, /people must be/],
    ['that takes for ever', { timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs/],
    ['that takes no time', { timeoutMs: 0 }, /timeoutMs/],
    ['that may repeat, perhaps', { isRepeatable: 'no' }, /isRepeatable/],
  ])('%s', (_, wrong, words) => {
    const define = () => defineTool({ ...fine, ...wrong });
    expect(define).toThrow(ToolError);
    expect(define).toThrow(words);
  });
});
