import { describe, expect, test } from 'vitest';
import { ConfigError, type Declared, loadDeclared } from '../../../src/config.ts';
import { formatLock, parseLock } from '../../../src/sessions/provisioning/lock.ts';

interface Given {
  beside?: Record<string, string>;
  customTools?: string[];
}

function load(yaml: string, { beside = {}, customTools }: Given = {}): Declared {
  const texts: Record<string, string> = { 'conf/bridge.yaml': yaml, ...beside };
  const readFile = (path: string) => {
    const text = texts[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return text;
  };
  return loadDeclared('conf/bridge.yaml', { readFile, ...(customTools && { customTools }) });
}

function problems(yaml: string, given?: Given): readonly string[] {
  try {
    load(yaml, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const agent = (...lines: string[]) =>
  `agents:\n  a:\n    model: claude-opus-5\n${lines.map((l) => `    ${l}\n`).join('')}`;

describe('what is declared', () => {
  test('comes with the text of its prompts and with its lock', () => {
    const yaml =
      'agents: { a: { model: m, system: { file: prompts/a.md } }, b: { model: m, system: Be kind. } }\nrouting: { default: { agent: a } }\n';
    const lock = { agents: { a: { id: 'agent_1' } }, environments: {}, memory_stores: {} };
    const beside = { 'conf/prompts/a.md': 'Be brief.\r\nAlways.\n\n', 'conf/bridge.lock.json': formatLock(lock) };
    expect(load(yaml, { beside })).toMatchObject({
      declarations: { agents: { a: { system: 'Be brief.\nAlways.' }, b: { system: 'Be kind.' } } },
      lock,
      lockFile: 'conf/bridge.lock.json',
    });
  });

  test.each([
    [agent('sytem: x'), '4:5: unknown key "sytem", did you mean "system"?'],
    [agent('tools: []'), '4:5: unknown key "tools"'],
    [agent('toolset: { bsh: {} }'), '4:16: unknown key "bsh", did you mean "bash"?'],
    [agent('toolset: { bash: { permision: auto } }'), '4:24: unknown key "permision", did you mean "permission"?'],
    [
      agent('toolset: { bash: { permission: ask } }'),
      '4:36: agents.a.toolset.bash.permission must be always_allow, always_ask or auto',
    ],
    [agent('toolset: true'), '4:14: agents.a.toolset must be a map such as'],
    ['agents:\n  a:\n    model: { id: m, efort: high }\n', '3:21: unknown key "efort", did you mean "effort"?'],
    [
      'agents:\n  a:\n    model: { id: m, effort: 3 }\n',
      '3:29: agents.a.model.effort must be low, medium, high, xhigh or max',
    ],
    ['agents:\n  a:\n    model: [m]\n', '3:12: agents.a.model must be a model such as claude-opus-5, or a map'],
    ['agents:\n  a: {}\n', '2:3: agents.a needs a model, or the id of an agent'],
    ['agents:\n  A b: { model: m }\n', '2:3: a name is of small letters'],
    ['agents:\n  a: { id: agent_1, system: x }\n', '2:21: agents.a.system does nothing beside an id'],
    ['agents:\n  a: { id: env_1 }\n', '2:12: agents.a.id must be an agent id (agent_…)'],
    [agent(`description: ${'x'.repeat(2049)}`), '4:18: agents.a.description is too long: at most 2048 letters'],
    [agent(`system: ${'x'.repeat(100_001)}`), '4:13: agents.a.system must be a text of 1 to 100,000 letters'],
    [
      agent('system: { file: nowhere.md }'),
      '4:21: agents.a.system.file nowhere.md is not there, looked for beside bridge.yaml',
    ],
    [agent('metadata: { drawbridge: x }'), '4:17: the metadata keys drawbridge and drawbridge_version are taken'],
    [agent('metadata: { owner: 3 }'), '4:24: agents.a.metadata.owner must be a text'],
    [agent('custom_tools: [ask_user, ask_user]'), '4:30: agents.a.custom_tools.1 is there twice'],
    [agent('skills: [xlsx]'), '4:5: agents.a.skills need the tool read'],
    [agent('toolset: { read: { enabled: false } }', 'skills: [xlsx]'), '5:5: agents.a.skills need the tool read'],
    [agent('skills: [excel]'), '4:14: agents.a.skills.0 must be xlsx, docx, pptx, pdf, a skill id'],
    [
      agent('toolset: { web_fetch: { allowed_domains: [a.com], blocked_domains: [b.com] } }'),
      '4:55: agents.a.toolset.web_fetch.blocked_domains and allowed_domains exclude each other',
    ],
    [agent('mcp_servers: { linear: { url: linear } }'), '4:35: agents.a.mcp_servers.linear.url must be a URL'],
    [
      agent('multiagent: { subagents: { agents: [b] } }'),
      '4:41: agents.a.multiagent.subagents.agents.0 names no agent of this file: b',
    ],
    [
      agent('multiagent: { subagents: { agents: [a] } }'),
      '4:41: agents.a.multiagent.subagents.agents.0 leads back to this agent',
    ],
    [
      'environments:\n  e: { networking: { allowed_hosts: ["https://x.com"] } }\n',
      '2:38: environments.e.networking.allowed_hosts.0 must be the name of a host',
    ],
    ['environments:\n  e: { networking: open }\n', '2:20: environments.e.networking must be unrestricted, or a map'],
    [
      'environments:\n  e: { packages: { pip: [pandas] } }\n',
      '2:8: environments.e.packages cannot be installed with this networking',
    ],
    ['environments:\n  e: { packages: { pipi: [pandas] } }\n', '2:20: unknown key "pipi", did you mean "pip"?'],
    [
      'environments:\n  e: {}\n  f: { name: e }\nrouting: { default: { environment: e } }\n',
      '3:3: environments.f is called as another one is, e',
    ],
    [
      'environments: { e: {}, f: {} }\n',
      '1:1: routing.default.environment must say which of several answers where no route does: e, f',
    ],
    [
      'repositories:\n  r: { url: "https://x:y@github.com/a/b" }\n',
      '2:13: repositories.r.url must not hold credentials',
    ],
    [
      'repositories:\n  r: { url: "https://github.com/a/b", branch: main, commit: "0123456789012345678901234567890123456789" }\n',
      '2:53: repositories.r.commit and branch exclude each other',
    ],
    [
      'routing:\n  default: { agent: a }\n',
      '2:21: routing.default.agent is not declared under agents: a (there are none)',
    ],
    ['routing:\n  routes:\n    - { name: x, match: {} }\n', '3:25: routing.routes.0.match is empty'],
    [
      'routing:\n  routes:\n    - { name: x, match: { requester: [dba] } }\n',
      '3:39: routing.routes.0.match.requester.0 is no group',
    ],
    [
      'routing:\n  routes:\n    - { name: x, match: { channel: [ops] } }\n',
      '3:37: routing.routes.0.match.channel.0 must be a channel id',
    ],
    [
      'routing:\n  routes:\n    - { name: x, match: { place: [dm] } }\n    - { name: x, match: { channel: [C1] } }\n',
      '4:15: routing.routes.1.name is the name of an earlier route',
    ],
    [
      'routing:\n  routes:\n    - { name: x, match: { channel: [C1, C2] } }\n    - { name: y, match: { channel: [C2], place: [channel] } }\n',
      '4:18: routing.routes.1.match is never reached: "x", above it',
    ],
  ])('is refused, with line and column: %j', (yaml, expected) => {
    const found = problems(yaml);
    expect(found).toEqual([expect.stringContaining(`conf/bridge.yaml:${expected}`)]);
  });

  test('may not name a custom tool that no code has', () => {
    const yaml = agent('custom_tools: [ask_user, deploy]');
    expect(problems(yaml)).toEqual([]);
    expect(problems(yaml, { customTools: ['ask_user'] })).toEqual([
      expect.stringContaining(
        'bridge.yaml:4:30: agents.a.custom_tools.1 names a tool that no code has: deploy. There are ask_user',
      ),
    ]);
  });

  test('may lead in no circle, however long', () => {
    const one = (to: string) => `{ model: m, multiagent: { subagents: { agents: [${to}] } } }`;
    const yaml = `agents: { a: ${one('b')}, b: ${one('c')}, c: ${one('a')} }\nrouting: { default: { agent: a } }\n`;
    expect(problems(yaml)).toHaveLength(3);
  });

  test('names all that is wrong at once', () => {
    expect(problems(`${agent('sytem: x')}enviroments: {}\nvaults: { v: { id: x } }\n`)).toHaveLength(3);
  });
});

describe('the lock file', () => {
  test('is read as it was written, in an order that does not change', () => {
    const lock = {
      agents: { b: { id: 'agent_2' }, a: { id: 'agent_1' } },
      environments: { e: { id: 'env_1' } },
      memory_stores: {},
    };
    const text = formatLock(lock);
    expect(parseLock(text)).toEqual(lock);
    expect(formatLock(parseLock(text))).toBe(text);
    expect(text.indexOf('"a"')).toBeLessThan(text.indexOf('"b"'));
  });

  test.each([
    ['', 'is no JSON'],
    ['{"lock":1,"agents":{"a":"agent_1"},"environments":{},"memory_stores":{}}', 'at agents.a'],
  ])('says what is wrong with it: %j', (text, expected) => {
    expect(() => parseLock(text)).toThrow(expected);
  });
});
