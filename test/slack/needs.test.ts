import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  APP_TOKEN_SCOPE,
  BOT_METHODS,
  COMMAND_METHODS,
  EVENTS,
  neededEvents,
  neededScopes,
} from '../../src/slack/needs.ts';
import { usesOf } from './uses.ts';

const SRC = fileURLToPath(new URL('../../src/slack', import.meta.url));
const MANIFEST = JSON.parse(readFileSync(new URL('../../manifest/manifest.json', import.meta.url), 'utf8'));

const uses = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && path !== 'needs.ts')
  .map((path) => usesOf(readFileSync(join(SRC, path), 'utf8')));
const all = (kind: keyof ReturnType<typeof usesOf>) => [...new Set(uses.flatMap((each) => each[kind]))].sort();
const METHODS = { ...BOT_METHODS, ...COMMAND_METHODS };
const names = (list: Iterable<string>) => [...list].sort();

describe('what the code asks of Slack', () => {
  test('is every Web API method in the table, and no other', () => {
    expect(all('methods').length).toBeGreaterThan(15);
    // The one that the app-level token is for.
    expect(all('methods')).toEqual(names([...Object.keys(METHODS), 'apps.connections.open']));
  });

  test('is every event in the table, and no other', () => {
    const kinds = ['channels', 'groups', 'im', 'mpim'].map((kind) => `message.${kind}`);
    const handled = all('events').flatMap((event) => (event === 'message' ? kinds : [event]));
    expect(names(handled)).toEqual(names(Object.keys(EVENTS)));
  });

  test('is nothing that a helper decides by itself', () => {
    expect(all('helpers')).toEqual([]);
  });
});

describe('the table', () => {
  test('gives every scope to something, and none without a reason', () => {
    const used = [...Object.values(METHODS).flat(), ...Object.values(EVENTS).map(({ scope }) => scope)];
    expect(names(neededScopes().map(({ scope }) => scope))).toEqual(names(new Set(used)));
    for (const { reason } of [...neededScopes(), ...neededEvents()]) expect(reason).toMatch(/^\S.{9,}/);
  });
});

describe('the manifest', () => {
  const { oauth_config, settings, features } = MANIFEST;

  test('has every scope that is needed, and no other', () => {
    expect(names(oauth_config.scopes.bot)).toEqual(names(neededScopes().map(({ scope }) => scope)));
    expect(oauth_config.scopes.user).toBeUndefined();
  });

  test('subscribes to every event that is handled, and no other', () => {
    expect(names(settings.event_subscriptions.bot_events)).toEqual(names(neededEvents().map(({ event }) => event)));
  });

  test('has the shortcuts and commands that the code listens for, which are none, and the buttons and forms', () => {
    expect(all('listeners')).toEqual(['action', 'view']);
    expect(features.shortcuts).toBeUndefined();
    expect(features.slash_commands).toBeUndefined();
    expect(settings.interactivity).toEqual({ is_enabled: true });
  });

  test('makes the app an agent, which people can write to', () => {
    expect(features.agent_view.agent_description.length).toBeLessThanOrEqual(300);
    expect(features.app_home).toMatchObject({ messages_tab_enabled: true, messages_tab_read_only_enabled: false });
    expect(settings).toMatchObject({ socket_mode_enabled: true, token_rotation_enabled: false });
  });

  test('keeps to the lengths that Slack takes', () => {
    const { name, description } = MANIFEST.display_information;
    expect(name.length).toBeLessThanOrEqual(35);
    expect(description.length).toBeLessThanOrEqual(140);
  });
});

test('the page about the manifest gives every scope and event with its reason', () => {
  const page = readFileSync(new URL('../../manifest/README.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(.+)` \| (.+) \|$/gm)].map(([, name, reason]) => ({ name, reason }));
  expect(rows).toEqual([
    ...neededScopes().map(({ scope, reason }) => ({ name: scope, reason })),
    ...neededEvents().map(({ event, reason }) => ({ name: event, reason })),
  ]);
  expect(page).toContain(`\`${APP_TOKEN_SCOPE.scope}\`, ${APP_TOKEN_SCOPE.reason}`);
});

describe('the reading of the code', () => {
  test.each([
    ['a call', 'client.chat.update({});', ['chat.update']],
    ['a call through options', 'await options.reader.usergroups.users.list({});', ['usergroups.users.list']],
    ['a method that is handed on', 'const send = client.chat.delete;', ['chat.delete']],
    ['a method in brackets', "client['chat']['update']({});", ['chat.update']],
    ['a call by name', "call('files.info'); const call = (name) => client.apiCall(name);", ['files.info']],
  ])('finds %s', (_, source, methods) => {
    expect(usesOf(source).methods).toEqual(methods);
  });

  test('does not take a name for a call, nor any function for a method', () => {
    expect(usesOf("const limits = { 'chat.update': 50 }; store.chat.get(); client.chat.shout();").methods).toEqual([]);
  });

  test.each(['client.files.uploadV2({});', 'const add = async ({ say }) => say("hi");'])(
    'finds helpers: %s',
    (source) => {
      expect(usesOf(source).helpers).not.toEqual([]);
    },
  );

  test('tells events that are handled from those that are ignored', () => {
    const source = `
      switch (body.event.type) {
        case 'a':
        case 'b':
          return take(body);
        case 'c':
        case 'd':
          return { ignored: body.event.type };
        default:
          return { ignored: 'unknown' };
      }`;
    expect(usesOf(`function f(body) {${source}}`).events).toEqual(['a', 'b']);
  });

  test('finds what Bolt listens for', () => {
    expect(usesOf("app.shortcut('x', go); app.error(log); other.view('y', go);").listeners).toEqual(['shortcut']);
  });
});
