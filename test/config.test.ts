import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { placeFindings } from '../src/bridge-file.ts';
import { type Config, ConfigError, checkCustomTools, loadConfig } from '../src/config.ts';
import { compilePolicy } from '../src/gate/policy/compile.ts';
import { bridgeFileSchema, SETTINGS } from '../src/settings.ts';

const FULL = {
  SLACK_BOT_TOKEN: 'xoxb-1-2-abc',
  SLACK_APP_TOKEN: 'xapp-1-A1-2-abc',
  ANTHROPIC_API_KEY: 'sk-ant-api03-abc',
  DRAWBRIDGE_AGENT_ID: 'agent_01abc',
  DRAWBRIDGE_ENVIRONMENT_ID: 'env_01abc',
};

const FILES = {
  maxSize: 500_000_000,
  maxCount: 20,
  maxTotal: 1_000_000_000,
  hosts: ['files.slack.com', 'slack.com', '*.slack.com', '*.slack-edge.com', '*.slack-files.com'],
};

const noFile = (path: string): string => {
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
};

interface Given {
  env?: Record<string, string | undefined>;
  yaml?: string;
  /** Other files, by path. */
  beside?: Record<string, string>;
  playground?: boolean;
}

function load({ env = {}, yaml, beside = {}, playground = false }: Given = {}): Config {
  return loadConfig({
    env,
    readFile: files({ ...(yaml !== undefined && { 'manifest/bridge.yaml': yaml }), ...beside }),
    playground,
  });
}

/** The folder as these files, by path. */
function files(texts: Record<string, string>) {
  return (path: string) => texts[path] ?? noFile(path);
}

function failure(given: Given): ConfigError {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the mode', () => {
  test('is the playground with none of the Slack and Anthropic settings', () => {
    expect(load()).toEqual({
      mode: 'playground',
      slack: null,
      agents: null,
      dataFolder: 'data',
      toolsFolder: null,
      logLevel: 'warn',
      host: '0.0.0.0',
      port: 8080,
      renderers: { default: 'auto', channels: {} },
      files: FILES,
      agentLimits: { reads: 1_200, creates: 300 },
      catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
      gate: compilePolicy(),
    });
    expect(
      load({ env: { PORT: '9000', LOG_LEVEL: 'debug', SLACK_BOT_TOKEN: ' ', ANTHROPIC_API_KEY: '' } }),
    ).toMatchObject({
      mode: 'playground',
      port: 9000,
      logLevel: 'debug',
    });
  });

  test('is Slack with all of them, and no file is needed', () => {
    expect(load({ env: { ...FULL, NODE_ENV: 'production' } })).toEqual({
      mode: 'slack',
      slack: {
        botToken: 'xoxb-1-2-abc',
        transport: { type: 'socket', appToken: 'xapp-1-A1-2-abc' },
        apiUrl: null,
        limits: 'slack',
      },
      agents: {
        apiKey: 'sk-ant-api03-abc',
        baseUrl: null,
        webhookKey: null,
        agent: { id: 'agent_01abc', version: null },
        environmentId: 'env_01abc',
        vaultIds: [],
        memoryStores: [],
        repositories: [],
        routes: [],
      },
      dataFolder: 'data',
      toolsFolder: null,
      logLevel: 'info',
      host: '0.0.0.0',
      port: 8080,
      renderers: { default: 'auto', channels: {} },
      files: FILES,
      agentLimits: { reads: 1_200, creates: 300 },
      catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
      gate: compilePolicy(),
    });
  });

  test('is never the playground by itself in production', () => {
    const error = failure({ env: { NODE_ENV: 'production' } });
    expect(error.problems).toHaveLength(5);
    expect(error.message).toContain('run it with --playground');
    expect(load({ env: { NODE_ENV: 'production' }, playground: true }).mode).toBe('playground');
  });

  test('is the playground when asked for, with the real agent if that is set', () => {
    expect(load({ env: { ...FULL, SLACK_BOT_TOKEN: 'whatever' }, playground: true })).toMatchObject({
      mode: 'playground',
      slack: null,
      agents: { agent: { id: 'agent_01abc' } },
      logLevel: 'warn',
    });
    const { ANTHROPIC_API_KEY: _, ...withoutKey } = FULL;
    expect(load({ env: withoutKey, playground: true })).toMatchObject({ mode: 'playground', agents: null });
  });

  test.each(Object.keys(FULL))('is an error when only %s is missing, and the message says where to get it', (name) => {
    const error = failure({ env: { ...FULL, [name]: undefined } });
    const setting = SETTINGS.find((one) => one.name === name);
    expect(error.problems).toEqual([`${name} is missing: ${setting?.where}`]);
    expect(error.message).toBe(
      `Drawbridge cannot start: ${error.problems[0]}. To be led through it, run drawbridge setup; to try it without Slack, run it with --playground.`,
    );
    expect(error.exitCode).toBe(2);
  });

  test.each(SETTINGS.filter(({ group }) => group !== 'bridge').map(({ name }) => name))(
    'counts a lone %s as some but not all',
    (name) => {
      expect(failure({ env: { [name]: 'x' } }).message).toContain('is missing');
    },
  );

  test('is an error when the file alone names an agent', () => {
    const error = failure({ yaml: 'agents: { main: { id: agent_1 } }\n' });
    expect(error.problems.map((problem) => problem.split(' ')[0])).toEqual([
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'ANTHROPIC_API_KEY',
      'DRAWBRIDGE_ENVIRONMENT_ID',
    ]);
  });
});

describe('over HTTP', () => {
  const { SLACK_APP_TOKEN: _, ...others } = FULL;
  const overHttp = { ...others, SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef' };

  test('a signing secret stands in the place of the app-level token', () => {
    expect(load({ env: overHttp })).toMatchObject({
      mode: 'slack',
      slack: { transport: { type: 'http', signingSecret: overHttp.SLACK_SIGNING_SECRET } },
      host: '0.0.0.0',
      port: 8080,
    });
    expect(load({ env: { ...overHttp, DRAWBRIDGE_HOST: '127.0.0.1', PORT: '3000' } })).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
    });
  });

  test('both are one too many, and neither asks for the token and names the secret', () => {
    const both = failure({ env: { ...FULL, ...overHttp } });
    expect(both.problems).toEqual([expect.stringContaining('SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set')]);
    expect(both.message).not.toContain(overHttp.SLACK_SIGNING_SECRET);
    const neither = failure({ env: others });
    expect(neither.problems).toEqual([expect.stringMatching(/^SLACK_APP_TOKEN is missing: .*SLACK_SIGNING_SECRET/)]);
  });

  test('a malformed secret is not taken, nor the app-level token missed for it', () => {
    const { problems } = failure({ env: { ...overHttp, SLACK_SIGNING_SECRET: 'xapp-1-A1' } });
    expect(problems).toEqual([expect.stringContaining('SLACK_SIGNING_SECRET starts with xapp-')]);
  });
});

describe('one error', () => {
  test('names everything that is missing or malformed, wherever it stands', () => {
    const error = failure({
      env: { SLACK_BOT_TOKEN: FULL.SLACK_APP_TOKEN, DRAWBRIDGE_AGENT_ID: 'nope', PORT: '99999', LOG_LEVEL: 'loud' },
      yaml: 'enviroments: {}\n',
    });
    expect(error.problems).toHaveLength(8);
    for (const part of [
      'SLACK_BOT_TOKEN starts with xapp-, that is the app-level token: api.slack.com/apps',
      'SLACK_APP_TOKEN is missing: api.slack.com/apps → your app → Basic Information',
      'ANTHROPIC_API_KEY is missing',
      'DRAWBRIDGE_AGENT_ID is "nope", not an agent id',
      'DRAWBRIDGE_ENVIRONMENT_ID is missing',
      'PORT is "99999", not a port from 0 to 65535',
      'LOG_LEVEL is "loud", not one of trace',
      'manifest/bridge.yaml:1:1: unknown key "enviroments", did you mean "environments"?',
    ]) {
      expect(error.message).toContain(part);
    }
    expect(error.message.split('\n')).toHaveLength(10);
  });

  test.each([
    ['SLACK_APP_TOKEN', 'xoxb-very-secret-1', 'starts with xoxb-, that is the bot token'],
    ['SLACK_BOT_TOKEN', 'xoxp-very-secret-1', 'starts with xoxp-, that is a user token'],
    ['SLACK_BOT_TOKEN', 'very-secret-1', 'is not a bot token (xoxb-…)'],
    ['SLACK_BOT_TOKEN', 'xoxb-very-secret-1 2', 'is not a bot token (xoxb-…)'],
    ['ANTHROPIC_API_KEY', 'xoxb-very-secret-1', 'starts with xoxb-, that is the bot token'],
    ['ANTHROPIC_API_KEY', 'sk-ant-admin01-very-secret-1', 'is not an API key'],
    ['ANTHROPIC_WEBHOOK_SIGNING_KEY', 'very-secret-1', 'is not the key of a webhook (whsec_…)'],
    ['ANTHROPIC_API_KEY', 'whsec_very-secret-1', 'starts with whsec_, that is the key of a webhook'],
    ['DRAWBRIDGE_AGENT_ID', 'sk-ant-api03-very-secret-1', 'starts with sk-ant-, that is the Anthropic API key'],
    ['DRAWBRIDGE_VAULT_IDS', 'vlt_1,xoxb-very-secret-1', 'starts with xoxb-, that is the bot token'],
    ['LOG_LEVEL', 'xapp-very-secret-1', 'starts with xapp-'],
    ['PORT', 'some-unknown-very-secret-1', 'starts with "some"'],
    ['SLACK_API_URL', 'slack.com/api', 'not a URL such as'],
    ['ANTHROPIC_BASE_URL', 'ftp://x', 'not a URL such as'],
    ['DRAWBRIDGE_AGENT_ID', 'agent_1@latest', 'not an agent id (agent_… or agent_…@3)'],
    ['DRAWBRIDGE_ENVIRONMENT_ID', 'agent_1', 'is "agent_1", not an environment id'],
    ['DRAWBRIDGE_RENDERER', 'fast', 'is "fast", not auto, stream or edit'],
    ['PORT', '80a', 'is "80a", not a port'],
  ])('tells what %s is instead and never shows it: %j', (name, value, expected) => {
    const { message } = failure({ env: { ...FULL, [name]: value } });
    expect(message).toContain(`${name} `);
    expect(message).toContain(expected);
    expect(message).not.toContain('secret-1');
  });
});

describe('values', () => {
  test('are read in every form that is allowed', () => {
    const config = load({
      env: {
        ...FULL,
        SLACK_BOT_TOKEN: ' xoxe.xoxb-1-abc\n',
        SLACK_API_URL: 'http://127.0.0.1:8080/api',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:8081/',
        DRAWBRIDGE_AGENT_ID: 'agent_01abc@3',
        DRAWBRIDGE_VAULT_IDS: 'vlt_1, vlt_2,',
        DRAWBRIDGE_DATA: '/var/lib/drawbridge',
        DRAWBRIDGE_READS_PER_MINUTE: '6000',
        DRAWBRIDGE_CREATES_PER_MINUTE: '1500',
        DRAWBRIDGE_TOOLS: ' ./tools ',
        PORT: '0',
      },
    });
    expect(config).toMatchObject({
      slack: { botToken: 'xoxe.xoxb-1-abc', apiUrl: 'http://127.0.0.1:8080/api/' },
      agents: {
        baseUrl: 'http://127.0.0.1:8081',
        webhookKey: null,
        agent: { id: 'agent_01abc', version: 3 },
        vaultIds: ['vlt_1', 'vlt_2'],
      },
      dataFolder: '/var/lib/drawbridge',
      toolsFolder: './tools',
      agentLimits: { reads: 6_000, creates: 1_500 },
      port: 0,
    });
  });

  test('are frozen all the way down', () => {
    const config = load({ env: FULL });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.agents?.agent)).toBe(true);
    expect(Object.isFrozen(config.renderers.channels)).toBe(true);
    expect(Object.isFrozen(config.gate.defaults.audience)).toBe(true);
  });

  test.each(['0', '1', '80', '8080', '65535'])('a port may be %s', (port) => {
    expect(load({ env: { PORT: port } }).port).toBe(Number(port));
  });

  test.each(['-1', '65536', '70000', '080', '1.5', '0x50'])('a port may not be %s', (port) => {
    expect(failure({ env: { PORT: port } }).problems).toHaveLength(1);
  });
});

const YAML = `
agents: { main: { id: agent_file, version: 7 } }
environments: { main: { id: env_file } }
vaults: { tracker: { id: vlt_file } }
routing: { default: { vaults: [tracker] } }
slack:
  renderer: edit
  channels:
    C123: { renderer: stream }
`;

describe('bridge.yaml', () => {
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, ANTHROPIC_API_KEY } = FULL;
  const tokens = { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, ANTHROPIC_API_KEY };

  test('gives what the environment leaves out', () => {
    expect(load({ env: tokens, yaml: YAML })).toMatchObject({
      mode: 'slack',
      agents: { agent: { id: 'agent_file', version: 7 }, environmentId: 'env_file', vaultIds: ['vlt_file'] },
      renderers: { default: 'edit', channels: { C123: 'stream' } },
    });
  });

  test('gives way to the environment, and its version with its agent', () => {
    const env = { ...FULL, DRAWBRIDGE_VAULT_IDS: 'vlt_env', DRAWBRIDGE_RENDERER: 'stream' };
    expect(load({ env, yaml: YAML })).toMatchObject({
      agents: { agent: { id: 'agent_01abc', version: null }, environmentId: 'env_01abc', vaultIds: ['vlt_env'] },
      renderers: { default: 'stream', channels: { C123: 'stream' } },
    });
  });

  test('is read from where DRAWBRIDGE_CONFIG says, and must then be there', () => {
    const paths: string[] = [];
    const readFile = (path: string) => {
      paths.push(path);
      return '';
    };
    loadConfig({ env: { DRAWBRIDGE_CONFIG: '/etc/bridge.yaml' }, readFile });
    loadConfig({ env: {}, readFile });
    expect(paths).toEqual(['/etc/bridge.yaml', 'manifest/bridge.yaml']);
    expect(failure({ env: { DRAWBRIDGE_CONFIG: '/etc/bridge.yaml' } }).message).toBe(
      'Drawbridge cannot start: /etc/bridge.yaml cannot be read (ENOENT): DRAWBRIDGE_CONFIG names it',
    );
  });

  test.each([
    ['agnets:\n  main: { id: agent_1 }\n', '1:1: unknown key "agnets", did you mean "agents"?'],
    ['agent:\n  id: agent_1\n', '1:1: agent is written with a name now: agents: { main: { id: agent_… } }'],
    ['environment: env_1\n', '1:1: environment is written with a name now: environments: { main: { id: env_… } }'],
    ['# first\nslack:\n  renderer: auto\n  chanels: {}\n', '4:3: unknown key "chanels", did you mean "channels"?'],
    [
      'slack:\n  channels:\n    C1:\n      rendrer: edit\n      renderer: edit\n',
      '4:7: unknown key "rendrer", did you mean "renderer"?',
    ],
    ['environments_id: env_1\n', '1:1: unknown key "environments_id", did you mean "environments"?'],
    ['colour: red\n', '1:1: unknown key "colour"'],
    ['slack:\n  renderer: fast\n', '2:13: slack.renderer is "fast", not auto, stream or edit'],
    ['slack:\n  channels:\n    ops: { renderer: edit }\n', '3:5: "ops" is not a channel id'],
    ['slack:\n  channels:\n    C1: {}\n', '3:5: slack.channels.C1.renderer is missing'],
    ['slack:\n', '1:7: slack must be a map'],
    ['just text\n', '1:1: the file must be a map'],
    ['slack: [\n', '2:1: Flow sequence'],
    ['slack:\n  renderer: auto\n  renderer: edit\n', '3:3: Map keys must be unique'],
  ])('is strict, and says line and column: %j', (yaml, expected) => {
    const error = failure({ yaml });
    expect(error.problems).toHaveLength(1);
    expect(error.message).toContain(`Drawbridge cannot start: manifest/bridge.yaml:${expected}`);
    expect(error.message.split('\n')).toHaveLength(1);
  });

  test.each([
    ['agents: { main: agent_1 }\n', 'agents.main must be a map such as { model: claude-opus-5 }, or { id: agent_… }'],
    ['agents:\n  main:\n    id: agent_1\n    version: "3"\n', 'agents.main.version must be a whole number'],
    ['agents:\n  main:\n    version: 3\n', 'agents.main needs a model, or the id of an agent'],
    ['vaults: [vlt_1]\n', 'vaults must be a map of vaults by name, such as { linear: { id: vlt_… } }'],
    ['vaults: { main: { id: xoxb-very-secret-1 } }\n', 'vaults.main.id must be a vault id (vlt_…)'],
    [
      'repositories: { a: { url: "https://github.com/a/b", token_from: ghp_very-secret-1 } }\n',
      'never the token itself',
    ],
    ['token: xoxb-very-secret-1\n', 'unknown key "token"'],
    ['a: b: xoxb-very-secret-1\n', 'manifest/bridge.yaml:1:'],
  ])('names the value that is wrong, never a secret: %j', (yaml, expected) => {
    const { message } = failure({ env: FULL, yaml });
    expect(message).toContain(expected);
    expect(message).not.toContain('secret-1');
  });

  test('as it is shipped sets nothing until it is applied', () => {
    expect(load({ yaml: shipped('manifest/bridge.yaml') })).toEqual(load());
    const { message } = failure({ env: tokens, yaml: shipped('manifest/bridge.yaml') });
    expect(message).toContain('agents.drawbridge is declared in bridge.yaml and not made yet: run drawbridge apply');
    expect(message).toContain('environments.cloud is declared');
    expect(message).not.toContain('DRAWBRIDGE_AGENT_ID');
  });

  test('means what its comments say once they are taken away', () => {
    const yaml = shipped('manifest/bridge.yaml')
      .split('\n')
      .map((line) => line.replace(/^( *)# ((?:[a-z_]+:| {2,}(?:[a-z_]+:|-|C0|"\$)).*)$/, '$1$2').replaceAll('_…', '_1'))
      .filter((line) => !/^ *#/.test(line))
      .join('\n')
      .replace('agents: [researcher]', 'agents: []');
    const lock = { agents: { drawbridge: { id: 'agent_1' } }, environments: { cloud: { id: 'env_1' } } };
    const beside = {
      'manifest/bridge.lock.json': JSON.stringify({
        lock: 1,
        ...lock,
        memory_stores: { handbook: { id: 'memstore_1' } },
      }),
    };
    const app = { url: 'https://github.com/acme/app', token: 'ghp_1', checkout: { type: 'branch', name: 'main' } };
    const given = {
      agent: { id: 'agent_1', version: null },
      environmentId: 'env_1',
      vaultIds: ['vlt_1'],
      memoryStores: [{ id: 'memstore_1', access: 'read_only', instructions: 'Look here first.' }],
      repositories: [{ ...app, path: null }],
    };
    expect(load({ env: { ...tokens, GITHUB_TOKEN: 'ghp_1' }, yaml, beside })).toMatchObject({
      agents: {
        ...given,
        routes: [
          {
            ...given,
            name: 'operations',
            agent: { id: 'agent_1', version: 3 },
            match: { channels: ['C0123456789'], places: null, requesters: null },
          },
          {
            ...given,
            name: 'database team, directly',
            vaultIds: [],
            match: {
              channels: null,
              places: ['dm', 'group_dm'],
              requesters: ['U0123456789', 'U0223456789', 'S0123456789'],
            },
          },
        ],
      },
      renderers: { default: 'auto', channels: { C0123456789: 'stream' } },
      files: FILES,
      agentLimits: { reads: 1_200, creates: 300 },
      catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
      gate: {
        defaults: compilePolicy().defaults,
        rules: [
          { name: 'look at git', verdict: 'allow' },
          { name: 'read issues', verdict: 'allow' },
          { name: 'production database', verdict: 'ask', terms: { quorum: 2, expireAfterMs: 7_200_000 } },
          { name: 'no force push', verdict: 'deny' },
        ],
        budget: { threadCents: 500, personPerDayCents: 2_000, channelPerDayCents: 5_000, raiseByCents: [100, 500] },
        askUser: { remindAfterMs: [3_600_000] },
        audit: { content: false },
      },
    });
    expect(failure({ env: tokens, yaml, beside }).message).toContain(
      'repositories.app.token_from names GITHUB_TOKEN, which is not set',
    );
  });

  test('says what is wrong with its lock file', () => {
    const yaml = 'agents: { main: { model: claude-opus-5 } }\n';
    const broken = (text: string) =>
      failure({ env: FULL, yaml, beside: { 'manifest/bridge.lock.json': text } }).message;
    expect(broken('<<<<<<< HEAD')).toContain('manifest/bridge.lock.json is no JSON');
    expect(broken('{"lock": 2}')).toContain('manifest/bridge.lock.json is not as drawbridge writes it (at lock)');
  });

  test('names all that is declared and not made yet, and nothing that no route needs', () => {
    const yaml = `
agents: { a: { id: agent_1 }, b: { model: m }, c: { model: m } }
environments: { e: { id: env_1 } }
memory_stores: { m: {}, n: {} }
routing:
  default: { agent: a, memory_stores: [m] }
  routes: [{ name: x, match: { place: [dm] }, agent: b }]
`;
    const env = { ...FULL, DRAWBRIDGE_AGENT_ID: undefined, DRAWBRIDGE_ENVIRONMENT_ID: undefined };
    expect(failure({ env, yaml }).problems).toEqual([
      'memory_stores.m is declared in bridge.yaml and not made yet: run drawbridge apply',
      'agents.b is declared in bridge.yaml and not made yet: run drawbridge apply',
    ]);
  });

  test('leaves a declared agent alone when the environment names another', () => {
    const yaml = 'agents: { main: { model: claude-opus-5 } }\n';
    expect(load({ env: FULL, yaml }).agents).toMatchObject({ agent: { id: 'agent_01abc' }, routes: [] });
  });

  test('says how large files may be, and where they are', () => {
    const yaml = 'files: { max_size: 20 MB, max_count: 3, max_total: 800KB, hosts: [files.slack-gov.com] }';
    expect(load({ yaml }).files).toEqual({
      maxSize: 20_000_000,
      maxCount: 3,
      maxTotal: 800_000,
      hosts: ['files.slack-gov.com'],
    });
  });

  test.each([
    ['max_size: 20', 'files.max_size must be a size such as 800 KB, 20 MB or 1 GB'],
    ['max_size: 20 MiB', 'files.max_size must be a size such as 800 KB, 20 MB or 1 GB'],
    ['max_size: 501 MB', 'files.max_size is more than the agent can be given: at most 500 MB'],
    ['max_count: 0', 'files.max_count Too small'],
    ['hosts: []', 'files.hosts is empty'],
    ['hosts: ["*"]', 'files.hosts.0 must be the name of a host'],
    ['hosts: ["https://files.slack.com"]', 'files.hosts.0 must be the name of a host'],
    ['hosts: ["127.0.0.1"]', 'files.hosts.0 must be the name of a host'],
    ['max_sizes: 1 MB', 'unknown key "max_sizes", did you mean "max_size"?'],
  ])('says what is wrong with the settings of files: %j', (line, expected) => {
    const { problems } = failure({ yaml: `files:\n  ${line}\n` });
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  test('says what is asked about after an absence, and what is old', () => {
    expect(load({ yaml: 'catch_up: { ask_after: 90m, old_answer_after: 3d }' }).catchUp).toEqual({
      askAfterMs: 5_400_000,
      oldAnswerAfterMs: 259_200_000,
    });
  });

  test.each([
    ['{ ask_after: 1 }', 'catch_up.ask_after must be a duration such as 30m, 1h or 3d'],
    ['{ old_answer_after: 0h }', 'catch_up.old_answer_after must be a duration'],
    ['{ ask: 1h }', 'unknown key "ask"'],
    ['1h', 'catch_up must be a map such as { ask_after: 1h }'],
  ])('says what is wrong with the settings of absences: %j', (value, expected) => {
    expect(failure({ yaml: `catch_up: ${value}\n` }).problems).toEqual([expect.stringContaining(expected)]);
  });

  test('wants files to be a map', () => {
    expect(failure({ yaml: 'files: 20 MB\n' }).message).toContain('files must be a map such as { max_size: 20 MB }');
  });

  test.each([
    [
      'gate:\n  rules:\n    - name: a\n      match: { tol: bash }\n      then: ask\n',
      '4:16: unknown key "tol", did you mean "tool"?',
    ],
    ['gate:\n  rules:\n    - match: { tool: bash }\n      then: ask\n', '3:7: gate.rules.0.name is missing'],
    [
      'gate:\n  rules:\n    - name: a\n      match: { tool: bash }\n      then: permit\n',
      '5:13: gate.rules.0.then must be allow, ask or deny',
    ],
    [
      'gate:\n  defaults:\n    expire: 24h\n',
      '3:13: gate.defaults.expire must be a map such as { after: 24h, then: deny }',
    ],
    [
      'gate:\n  defaults:\n    approvers: [dba]\n',
      '3:17: gate.defaults.approvers.0 is no group: define it under gate.groups',
    ],
    [
      'gate:\n  budget: { thread: 1, raise_by: [1.005] }\n',
      '2:35: gate.budget.raise_by.0 must be an amount in dollars such as 5 or "2.50", more than 0, without parts of a cent',
    ],
    ['gate:\n  budget: { thread: nothing }\n', '2:21: gate.budget.thread must be an amount in dollars'],
    [
      'gate:\n  rules:\n    - name: a\n      match: { tool: bash, input: { "$.a[": x } }\n      then: ask\n',
      '4:37: gate.rules.0.match.input.$.a[ is no JSONPath',
    ],
  ])('says line and column of what is wrong with a policy: %j', (yaml, expected) => {
    const error = failure({ yaml });
    expect(error.problems).toHaveLength(1);
    expect(error.message).toContain(`Drawbridge cannot start: manifest/bridge.yaml:${expected}`);
  });

  test('names what is wrong with a policy beside what is wrong elsewhere', () => {
    const error = failure({
      yaml: 'colour: red\ngate:\n  defaults: { approvers: [dba], quorum: 2, for_thread: true }\n',
    });
    expect(error.problems).toEqual([
      'manifest/bridge.yaml:1:1: unknown key "colour"',
      expect.stringContaining('manifest/bridge.yaml:3:27: gate.defaults.approvers.0 is no group'),
      expect.stringContaining('manifest/bridge.yaml:3:56: gate.defaults.for_thread makes no sense'),
    ]);
  });

  test('finds what stands behind an alias', () => {
    const yaml = 'gate:\n  groups: { a: &people [U1] }\n  defaults:\n    approvers: *people\n    quorum: 2\n';
    expect(failure({ yaml }).message).toContain('yaml:5:13: gate.defaults.quorum can never be reached');
    const wrong = 'gate:\n  budget: { thread: &much 0 }\n  defaults: { quorum: *much }\n';
    expect(failure({ yaml: wrong }).problems).toEqual([
      expect.stringContaining('gate.defaults.quorum Too small'),
      expect.stringContaining('gate.budget.thread must be an amount'),
    ]);
  });

  test('has a JSON Schema beside it that says the same', () => {
    expect(JSON.parse(shipped('manifest/bridge.schema.json'))).toEqual(z.toJSONSchema(bridgeFileSchema));
  });
});

function shipped(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

test('gives what only a running bot finds wrong with the policy its place in the file', () => {
  const file =
    'gate:\n  groups: { oncall: [S0NOBODY01] }\n  rules:\n    - { name: ours, match: { tool: launch }, then: deny }\n';
  const findings = [
    { path: ['groups', 'oncall', '0'], key: false, message: 'is unknown' },
    { path: ['rules', '0', 'match', 'tool'], key: false, message: 'can never match' },
    { path: ['rules', '0', 'match'], key: true, message: 'is odd' },
  ];
  expect(placeFindings(findings, { path: 'my.yaml', readFile: () => file })).toEqual([
    'my.yaml:2:22: gate.groups.oncall.0 is unknown',
    'my.yaml:4:36: gate.rules.0.match.tool can never match',
    'my.yaml:4:21: gate.rules.0.match is odd',
  ]);
});

test('a start without the code of a tool that a declared agent has says which, and where it is named', () => {
  const yaml = 'agents:\n  main:\n    model: claude-opus-5\n    custom_tools: [ask_user, deploy]\n';
  const readFile = files({ 'manifest/bridge.yaml': yaml });
  checkCustomTools({}, { readFile, customTools: ['ask_user', 'deploy'] });
  expect(() => checkCustomTools({}, { readFile, customTools: ['ask_user'] })).toThrow(
    'Drawbridge cannot start: manifest/bridge.yaml:4:30: agents.main.custom_tools.1 names a tool that no code has: deploy',
  );
});
