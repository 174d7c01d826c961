import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkPolicy } from '../src/gate/policy/check.ts';
import { catalogue } from '../src/playground/agents/scripts/catalogue.ts';
import { checkDeclarations } from '../src/sessions/provisioning/check.ts';
import { bridgeFileSchema, SETTINGS } from '../src/settings.ts';
import { builtInTools } from '../src/tools/built-in-tools.ts';
import { loadTools } from '../src/tools/load-folder.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the settings table of the README', () => {
  /** The rows `| \`NAME\` | … |` under the heading "Settings". */
  function rows(): Map<string, string> {
    const [, section = ''] = read('README.md').split(/^#+ Settings\s*$/m);
    const table = section.split(/^#+ /m)[0] ?? '';
    return new Map(
      [...table.matchAll(/^\| `([A-Z_]+)` \|(.*)\|\s*$/gm)].map(([, name = '', rest = '']) => [name, rest]),
    );
  }

  test('names every setting there is, and no other', () => {
    expect([...rows().keys()].sort()).toEqual(SETTINGS.map(({ name }) => name).sort());
  });

  test.each(SETTINGS.filter((setting) => setting.default !== null).map((setting) => [setting.name, setting.default]))(
    'gives the default of %s as %s',
    (name, value) => {
      expect(rows().get(name)).toContain(`\`${value}\``);
    },
  );
});

describe('.env.example', () => {
  const lines = new Map(
    [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );

  test('names every setting there is, and no other', () => {
    expect([...lines.keys()].sort()).toEqual(SETTINGS.map(({ name }) => name).sort());
  });

  test.each(SETTINGS.map((setting) => [setting.name, setting.default ?? '']))(
    'sets %s to its default, %j',
    (name, value) => {
      expect(lines.get(name)).toBe(value);
    },
  );
});

/** What stands under a heading of the README, up to the next of its kind. */
function section(heading: string): string {
  const [, rest = ''] = read('README.md').split(new RegExp(`^## ${heading}\\s*$`, 'm'));
  return rest.split(/^## /m)[0] ?? '';
}

/** The first block of code in a language. */
function code(text: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1] ?? '';
}

describe('what the README says to try', () => {
  const rows = [...section('Try it').matchAll(/^\| (.*?) \|/gm)].map(([, first = '']) => first);
  const typed = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));

  test.each(typed.filter((text) => text !== 'again'))('has a script of its own: %s', (text) => {
    expect(catalogue.find((script) => script.matches(text, []))?.trigger).not.toBe('');
  });

  test('is found at all', () => {
    expect(typed).toContain('deploy');
  });
});

test('the policy in the README holds', () => {
  const { gate } = bridgeFileSchema.parse(parse(code(section('The gate'), 'yaml')));
  expect(gate?.rules).toHaveLength(3);
  expect(checkPolicy(gate ?? {}, { customTools: builtInTools().map(({ name }) => name) })).toEqual([]);
});

test('the agents in the README can be applied', () => {
  const yaml = code(section('Agents as code'), 'yaml').replaceAll('…', 'abc');
  const { agents, routing, ...declared } = bridgeFileSchema.parse(parse(yaml));
  expect(Object.keys(agents ?? {})).toEqual(['helper', 'oncall']);
  const customTools = builtInTools().map(({ name }) => name);
  expect(checkDeclarations({ agents, routing, ...declared }, { customTools })).toEqual([]);
});

test('the tool in the README can be loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  try {
    writeFileSync(join(folder, 'deploy-status.mjs'), code(section('Custom tools'), 'js'));
    const tools = await loadTools(folder, { importModule: (path) => import(pathToFileURL(path).href) });
    expect(tools).toMatchObject([{ name: 'deploy_status', people: 'allow', timeoutMs: 10_000, isRepeatable: true }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the tools to declare in the agent', () => {
  const declared: { name: string }[] = JSON.parse(read('manifest/agent-tools.json'));

  test('are declared as they are', () => {
    expect(declared).toEqual(
      builtInTools().map(({ name, description, inputSchema }) => ({
        type: 'custom',
        name,
        description,
        input_schema: inputSchema,
      })),
    );
  });

  test('are the ones the README lists', () => {
    const listed = [...section('Custom tools').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(declared.map(({ name }) => name));
  });
});
