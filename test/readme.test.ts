import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../src/settings.ts';

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
