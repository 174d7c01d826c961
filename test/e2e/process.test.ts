import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { type BuiltBot, type BuiltBotOptions, createFolder, startBuiltBot } from './built-bot.ts';

const EXIT_SETUP = 2;
const EXIT_FAILED = 1;
const STOP_WITHIN_MS = 10_000;

let folder: ReturnType<typeof createFolder>;
const started: BuiltBot[] = [];

beforeEach(() => {
  folder = createFolder();
});
afterEach(async () => {
  for (const bot of started) bot.signal('SIGKILL');
  await Promise.all(started.splice(0).map((bot) => bot.ended()));
  folder.remove();
});

function start(options?: BuiltBotOptions): BuiltBot {
  const bot = startBuiltBot(folder.path, options);
  started.push(bot);
  return bot;
}

const run = (options?: BuiltBotOptions) => start(options).ended();

describe('arguments', () => {
  it('tells its usage and its version', async () => {
    const help = await run({ args: ['--help'] });
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('--playground');
    expect(await run({ args: ['--version'] })).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('refuses an option it does not know, with its usage', async () => {
    const { exitCode, stderr } = await run({ args: ['--playgruond'] });
    expect(exitCode).toBe(EXIT_SETUP);
    expect(stderr).toContain('--playgruond');
    expect(stderr).toContain('Usage: drawbridge');
    expect(stderr).not.toMatch(STACK);
  });
});

const STACK = /^\s+at .+:\d+/m;
const BOT_TOKEN = 'xoxb-1111-2222-SeCrEtBoT';
const APP_TOKEN = 'xapp-1-A1-2222-SeCrEtApP';
const API_KEY = 'sk-ant-api03-SeCrEtKeY';
const COMPLETE = {
  SLACK_BOT_TOKEN: BOT_TOKEN,
  SLACK_APP_TOKEN: APP_TOKEN,
  ANTHROPIC_API_KEY: API_KEY,
  DRAWBRIDGE_AGENT_ID: 'agent_1',
  DRAWBRIDGE_ENVIRONMENT_ID: 'env_1',
};

describe('what a person must put right', () => {
  /** One message on stderr and exit code 2; gives the message. */
  async function refused(env: Record<string, string>): Promise<string> {
    const { exitCode, stdout, stderr } = await run({ env: { PORT: '0', ...env } });
    expect(stderr).not.toMatch(STACK);
    expect(stdout + stderr).not.toContain('SeCrEt');
    expect(stdout).not.toMatch(/playground:|connected to Slack/);
    expect(exitCode).toBe(EXIT_SETUP);
    return stderr;
  }

  it('names everything that is missing when only some settings are there', async () => {
    const message = await refused({ SLACK_BOT_TOKEN: BOT_TOKEN, DRAWBRIDGE_AGENT_ID: 'agent_1' });
    for (const name of ['SLACK_APP_TOKEN', 'ANTHROPIC_API_KEY', 'DRAWBRIDGE_ENVIRONMENT_ID']) {
      expect(message).toContain(`${name} is missing`);
    }
    expect(message).not.toContain('SLACK_BOT_TOKEN is');
  });

  it('never starts the playground by itself in production', async () => {
    expect(await refused({ NODE_ENV: 'production' })).toContain('SLACK_BOT_TOKEN is missing');
  });

  it.each([
    ['a malformed token', { ...COMPLETE, SLACK_BOT_TOKEN: 'SeCrEt token' }, ['SLACK_BOT_TOKEN', 'xoxb-']],
    [
      'tokens in each other’s place',
      { ...COMPLETE, SLACK_BOT_TOKEN: APP_TOKEN, SLACK_APP_TOKEN: BOT_TOKEN },
      ['SLACK_BOT_TOKEN starts with xapp-', 'SLACK_APP_TOKEN starts with xoxb-'],
    ],
    ['a port that is none', { PORT: '80800' }, ['PORT', '65535']],
    ['a missing settings file', { DRAWBRIDGE_CONFIG: 'nowhere.yaml' }, ['nowhere.yaml']],
  ])('tells of %s', async (_, env, words) => {
    const message = await refused(env);
    for (const word of words) expect(message).toContain(word);
  });

  it('tells where in the settings file an unknown key stands', async () => {
    mkdirSync(join(folder.path, 'manifest'));
    writeFileSync(join(folder.path, 'manifest', 'bridge.yaml'), 'slack:\n  rendrer: stream\n');
    const message = await refused({});
    expect(message).toContain('rendrer');
    expect(message).toMatch(/bridge\.yaml:2:3\b/);
  });

  it('reads .env, and tells of what is wrong in it', async () => {
    writeFileSync(join(folder.path, '.env'), 'SLACK_BOT_TOKEN=SeCrEt\n');
    expect(await refused({})).toContain('SLACK_BOT_TOKEN');
  });

  it('tells of a .env that is no file', async () => {
    mkdirSync(join(folder.path, '.env'));
    expect(await refused({})).toMatch(/^Drawbridge cannot start: \.env cannot be read .*\n$/);
  });

  it.each([
    ['in the playground', {}],
    ['with real settings', COMPLETE],
  ])('tells of a data folder that cannot be written, %s', async (_, env) => {
    writeFileSync(join(folder.path, 'taken'), 'a file');
    const message = await refused({ ...env, DRAWBRIDGE_DATA: join(folder.path, 'taken') });
    expect(message).toContain('DRAWBRIDGE_DATA');
    expect(message.trim().split('\n')).toHaveLength(1);
  });

  it.runIf(existsSync('/proc/self'))('tells of a data folder where no folder can be made', async () => {
    expect(await refused({ DRAWBRIDGE_DATA: '/proc/nope/data' })).toContain('DRAWBRIDGE_DATA');
  });

  it('tells of a port in use', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const message = await refused({ PORT: String(port) });
    server.close();
    expect(message).toContain(String(port));
    expect(message).toContain('PORT');
    expect(message.trim().split('\n')).toHaveLength(1);
  });

  it('tells of a second process on the same data folder', async () => {
    const { env, stop } = await startPlatforms();
    try {
      const first = start({ env });
      await first.printed(/connected to Slack/);
      expect(await refused(env)).toContain('in use by another process');
    } finally {
      await stop();
    }
  });

  it.each(['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] as const)('tells that Slack does not know %s', async (name) => {
    const { env, stop } = await startPlatforms();
    try {
      const message = await refused({ ...env, [name]: COMPLETE[name] });
      expect(message).toContain(name);
    } finally {
      await stop();
    }
  });
});

async function startPlatforms() {
  const slack = await startSlackServer();
  const agents = await startAgentsServer({ pace: 0.3 });
  const env = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_API_KEY: agents.apiKey,
    ANTHROPIC_BASE_URL: agents.url,
    DRAWBRIDGE_AGENT_ID: agents.agentId,
    DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
    DRAWBRIDGE_DATA: join(folder.path, 'data'),
  };
  return { slack, agents, env, stop: () => Promise.all([slack.stop(), agents.stop()]) };
}

describe('a process that ends in the middle of a turn', { timeout: 60_000 }, () => {
  let slack: SlackServer;
  let agents: AgentsServer;
  let env: Record<string, string>;
  let stop: () => Promise<unknown>;

  beforeEach(async () => {
    ({ slack, agents, env, stop } = await startPlatforms());
  });
  afterEach(() => stop());

  async function connected(): Promise<BuiltBot> {
    const bot = start({ env });
    await bot.printed(/connected to Slack/);
    return bot;
  }

  const person = () => slack.state().users.find(({ name }) => name === 'Ana')?.id ?? '';

  /** Ana's slow question, once its first step has shown itself. */
  async function askSlowly(where: 'channel' | 'dm') {
    const room = slack.state().channels.find(({ name, is_im, members }) => {
      return where === 'dm' ? is_im && members.includes(person()) && members.includes(slack.botUserId) : name === 'ops';
    });
    const channel = room?.id ?? '';
    const text = where === 'dm' ? 'take your time' : '@Drawbridge take your time';
    const { ts } = await slack.act.say({ user: person(), channel, text });
    await until('the first step is told', () => said(channel, ts).includes('Step 1 of 6'));
    return { channel, ts };
  }

  const thread = (channel: string, ts: string) =>
    (slack.state().channels.find(({ id }) => id === channel)?.messages ?? []).filter(
      (message) => message.thread_ts === ts && message.user === slack.botUserId,
    );

  /** All that the bot's messages in the thread show. */
  const said = (channel: string, ts: string) =>
    JSON.stringify(thread(channel, ts).map(({ text, blocks, stream }) => stream?.parts ?? blocks ?? text));

  const leftOpen = (channel: string, ts: string) => ({
    streams: thread(channel, ts).filter(({ stream }) => stream?.state === 'streaming').length,
    buttons: thread(channel, ts).filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:stop'))
      .length,
    sessions: slack
      .state()
      .channels.flatMap(({ sessions }) => sessions)
      .filter(({ status }) => status === 'processing').length,
  });

  async function finishedOnce({ channel, ts }: { channel: string; ts: string }): Promise<void> {
    const steps = Array.from({ length: 6 }, (_, step) => `Step ${step + 1} of 6`);
    await until('the end', () => said(channel, ts).includes('list price'));
    // The answer goes first; what stands above it is brought up to date after that.
    await until('all steps are told', () => steps.every((step) => said(channel, ts).includes(step)));
    await until('nothing is left open', () => Object.values(leftOpen(channel, ts)).every((count) => count === 0));
    const all = said(channel, ts);
    for (const step of steps) expect(all.split(step)).toHaveLength(2);
    expect(all.split('restarting it drained the queue')).toHaveLength(2);
    const sent = agents
      .records()
      .sessions.flatMap(({ events }) => events.filter(({ type }) => type === 'user.message'));
    expect(sent).toHaveLength(1);
    expect(slack.problems()).toEqual([]);
  }

  it.each(['channel', 'dm'] as const)(
    'leaves nothing half-shown in a %s after SIGTERM, and finishes it when started again',
    async (where) => {
      const first = await connected();
      const root = await askSlowly(where);
      const askedAt = performance.now();
      first.signal('SIGTERM');
      expect(await first.ended()).toMatchObject({ exitCode: 0 });
      expect(performance.now() - askedAt).toBeLessThan(STOP_WITHIN_MS);
      expect(leftOpen(root.channel, root.ts)).toEqual({ streams: 0, buttons: 0, sessions: 0 });

      await connected();
      await finishedOnce(root);
    },
  );

  it.each(['channel', 'dm'] as const)('finishes in a %s what a killed process began', async (where) => {
    const first = await connected();
    const root = await askSlowly(where);
    first.signal('SIGKILL');
    await first.ended();
    await connected();
    await finishedOnce(root);
  });

  /** A bot with a tool that fails outside of any call as soon as a signal comes. */
  async function withFaultyTool(failing: string): Promise<BuiltBot> {
    const tools = join(folder.path, 'tools');
    mkdirSync(tools, { recursive: true });
    const tool =
      "export default { name: 'a', description: 'A.', inputSchema: { type: 'object' }, run: async () => 'x' };";
    writeFileSync(join(tools, 'a.mjs'), `process.on('SIGUSR2', () => { ${failing} });\n${tool}\n`);
    const bot = start({ env: { ...env, DRAWBRIDGE_TOOLS: tools } });
    await bot.printed(/connected to Slack/);
    return bot;
  }

  async function diedSaying(bot: BuiltBot, words: string): Promise<void> {
    const { exitCode, stdout } = await bot.ended();
    expect(exitCode).toBe(EXIT_FAILED);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      level: 'fatal',
      msg: words,
      err: { message: 'of a tool', stack: expect.stringContaining('a.mjs') },
    });
  }

  it('says why it ends by an unhandled rejection, and finishes it when started again', async () => {
    const first = await withFaultyTool("Promise.reject(new Error('of a tool'))");
    const root = await askSlowly('channel');
    first.signal('SIGUSR2');
    await diedSaying(first, 'unhandled rejection');
    await connected();
    await finishedOnce(root);
  });

  it('says why it ends by an uncaught exception', async () => {
    const bot = await withFaultyTool("throw new Error('of a tool')");
    bot.signal('SIGUSR2');
    await diedSaying(bot, 'uncaught exception');
  });

  it('leaves nothing half-shown when Slack takes it back no more, and says what to do', async () => {
    const bot = await connected();
    const root = await askSlowly('channel');
    slack.faults.apply({ disconnect: 'link_disabled' });
    const { exitCode, stdout } = await bot.ended();
    expect(exitCode).toBe(EXIT_SETUP);
    expect(stdout).toContain('Socket Mode is switched off');
    expect(leftOpen(root.channel, root.ts)).toEqual({ streams: 0, buttons: 0, sessions: 0 });
  });

  it('does not wait for anything at a second signal', async () => {
    const bot = await connected();
    await askSlowly('channel');
    slack.faults.apply({ calls: [{ method: '*', next: 0, fault: { type: 'slow', ms: 60_000, when: 'before' } }] });
    bot.signal('SIGTERM');
    await bot.printed(/"msg":"stopping"/);
    bot.signal('SIGINT');
    const { exitCode, stdout } = await bot.ended();
    expect(exitCode).toBe(EXIT_FAILED);
    expect(stdout).toMatch(/a second signal: leaving at once"}\n$/);
  });

  it('ends as asked while it is still starting', async () => {
    slack.faults.apply({ calls: [{ method: 'auth.test', fault: { type: 'slow', ms: 500, when: 'before' } }] });
    const bot = start({ env });
    await until('it asks who it is', () => slack.calls().length > 0);
    bot.signal('SIGTERM');
    const { exitCode, stdout } = await bot.ended();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"msg":"stopped"');
    expect(slack.connections()).toBe(0);
  });

  async function until(what: string, check: () => boolean): Promise<void> {
    await expect.poll(check, { timeout: 45_000, interval: 20, message: what }).toBe(true);
  }
});
