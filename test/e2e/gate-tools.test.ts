import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Script } from '../../src/playground/agents/script.ts';
import { catalogue } from '../../src/playground/agents/scripts/catalogue.ts';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { type BuiltBot, createFolder, startBuiltBot } from './built-bot.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

const POSTED = 'goes out at';
const NOT_KNOWN = 'not known whether it was done';

/** An agent that calls one tool when it is told to `use` it, and says what it got. */
function using(name: string): Script {
  return {
    name: 'use',
    trigger: 'use',
    shows: '',
    matches: (text) => text.includes('use the tool'),
    async run(agent) {
      const { text, isError } = await agent.customTool(name, { service: 'checkout' });
      await agent.say(`${isError ? 'Error' : 'Result'}: <<${text}>>`);
    },
  };
}

describe('a custom tool', () => {
  let rig: Rig;
  afterEach(() => rig.stop());

  async function start(options: RigOptions = {}) {
    rig = await startRig({ ...options, agents: { scripts: [using('probe'), ...catalogue] } });
  }

  async function ask(text: string, where: 'channel' | 'dm' = 'channel') {
    const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
    const root = await rig.say('Ana', where === 'dm' ? text : `@Drawbridge ${text}`, { channel });
    return { channel, root };
  }

  const inGeneral = () =>
    (rig.slack.state().channels.find(({ id }) => id === rig.channel('#general'))?.messages ?? []).filter((message) =>
      JSON.stringify(message).includes(POSTED),
    );

  const results = (root: string) => rig.events(root).filter(({ type }) => type === 'user.custom_tool_result');

  describe.each(['channel', 'dm'] as const)('of the bridge, in a %s', (where) => {
    it('looks somebody up without asking anybody', async () => {
      await start();
      const { channel, root } = await ask('find user Ben', where);
      await rig.ended(channel, root);
      expect(rig.said(channel, root)).toContain('U0BEN00002: Ben (member of the workspace)');
      expect(rig.card(channel, root)).toBeUndefined();
      await rig.noProblems();
    });

    it('reads the thread without asking anybody', async () => {
      await start();
      const { channel, root } = await ask('read thread', where);
      await rig.ended(channel, root);
      expect(rig.said(channel, root)).toMatch(/Ana[^:]*: .*read thread/);
      expect(rig.said(channel, root)).not.toContain('(you): Working on it');
      expect(rig.card(channel, root)).toBeUndefined();
      await rig.noProblems();
    });

    it('posts a message once people have agreed, with the bot’s rights', async () => {
      await start();
      const { channel, root } = await ask('post message', where);
      const card = await rig.until('it asks', () => rig.card(channel, root, 'approve'));
      const shown = JSON.stringify(card.blocks);
      expect(shown).toContain("It acts with the bot's rights, not with yours.");
      expect(shown).toContain('C0GENERAL1');
      expect(shown).toContain('goes out at **16:00**');
      expect(inGeneral()).toEqual([]);
      await rig.press('Ana', 'approve', { channel, root });
      await rig.ended(channel, root);
      expect(inGeneral()).toEqual([expect.objectContaining({ user: rig.slack.botUserId })]);
      expect(rig.said(channel, root)).toContain('I posted it to #general');
      await rig.until('the card says so', () => rig.said(channel, root).includes('Approved'));
      await rig.noProblems();
    });

    it('posts nothing when it is denied', async () => {
      await start();
      const { channel, root } = await ask('post message', where);
      await rig.press('Ana', 'deny', { channel, root });
      await rig.ended(channel, root);
      expect(rig.said(channel, root)).toContain('Nothing was posted');
      expect(rig.said(channel, root)).toContain('Denied by Ana');
      expect(inGeneral()).toEqual([]);
      await rig.noProblems();
    });
  });

  it('posts nothing where the bot is not, and the agent is told what to do', async () => {
    await start();
    rig.slack.act.leaveChannel({ user: rig.slack.botUserId, channel: rig.channel('#general') });
    const { channel, root } = await ask('post message');
    await rig.press('Ana', 'approve', { channel, root });
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Ask a person to invite it there');
    await rig.noProblems();
  });

  it('never posts twice when the bot is restarted before the result is there, and the agent is told', async () => {
    await start();
    const { channel, root } = await ask('post message');
    await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    await rig.until('it waits', () => rig.status(channel, root) === 'suspended');
    rig.slack.faults.apply({
      calls: [{ method: 'chat.postMessage', fault: { type: 'slow', ms: 1_500, when: 'after' } }],
    });
    await rig.press('Ana', 'approve', { channel, root });
    await rig.until('it stands', () => inGeneral().length === 1);
    await rig.restart();
    await rig.until('the agent is told', () => rig.said(channel, root).includes(NOT_KNOWN));
    await rig.ended(channel, root);
    expect(inGeneral()).toHaveLength(1);
    expect(results(root)).toEqual([expect.objectContaining({ is_error: true })]);
  });

  it('runs after a restart that came before it began', async () => {
    await start();
    const { channel, root } = await ask('post message');
    await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    await rig.restart();
    await rig.press('Ben', 'approve', { channel, root });
    await rig.ended(channel, root);
    expect(inGeneral()).toHaveLength(1);
    await rig.noProblems();
  });

  const probe = (run: Parameters<typeof defineTool>[0]['run'], more: Partial<Parameters<typeof defineTool>[0]> = {}) =>
    defineTool({
      name: 'probe',
      description: 'For a test.',
      inputSchema: z.object({ service: z.string() }),
      people: 'allow',
      ...more,
      run,
    });

  it('that throws gives the agent its message, and the agent goes on', async () => {
    await start({
      tools: [
        probe(() => {
          throw new Error('no such service');
        }),
      ],
    });
    const { channel, root } = await ask('use the tool');
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Error: <<no such service>>');
    expect(results(root)).toEqual([expect.objectContaining({ is_error: true })]);
    await rig.noProblems();
  });

  it('that does not end is given up in its time, though it does not listen', async () => {
    await start({ tools: [probe(() => new Promise(() => {}), { timeoutMs: 1_000 })] });
    const { channel, root } = await ask('use the tool');
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Error: <<probe did not finish within 1 s.>>');
    await rig.noProblems();
  });

  it('that is slow holds no line to the session, and its thread is picked up with the result', async () => {
    let finish = (_: string) => {};
    await start({
      tools: [
        probe(
          () =>
            new Promise((resolve) => {
              finish = resolve;
            }),
        ),
      ],
    });
    const { channel, root } = await ask('use the tool');
    await rig.until('the thread is put down', () => {
      const began = rig.events(root).some(({ type }) => type === 'agent.custom_tool_use');
      return began && rig.agents.records().openStreams === 0;
    });
    expect(results(root)).toEqual([]);
    finish('at last');
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Result: <<at last>>');
    await rig.noProblems();
  });

  it('that is slow is stopped with everything else', async () => {
    let isStopped = false;
    await start({
      tools: [
        probe(
          (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                isStopped = true;
                reject(signal.reason);
              });
            }),
        ),
      ],
    });
    const { channel, root } = await ask('use the tool');
    await rig.until('it runs', () => rig.events(root).some(({ type }) => type === 'agent.custom_tool_use'));
    await rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);
    await rig.say('Ana', 'stop', { channel, thread: root });
    await rig.until('it is stopped', () => isStopped);
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Stopped');
    expect(rig.said(channel, root)).not.toContain('Result:');
    await rig.noProblems();
  });

  it('that may run again does so after a restart', async () => {
    let runs = 0;
    const counted = probe(
      (_, { signal }) => {
        runs += 1;
        if (runs > 1) return `run ${runs}`;
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      { isRepeatable: true },
    );
    await start({ tools: [counted] });
    const { channel, root } = await ask('use the tool');
    await rig.until('it runs', () => runs === 1);
    await rig.restart();
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('Result: <<run 2>>');
    await rig.noProblems();
  });
});

describe('a folder of tools', { timeout: 60_000 }, () => {
  let folder: ReturnType<typeof createFolder>;
  let slack: SlackServer;
  let agents: AgentsServer;
  const started: BuiltBot[] = [];

  beforeEach(async () => {
    folder = createFolder();
    mkdirSync(join(folder.path, 'tools'));
    slack = await startSlackServer();
    agents = await startAgentsServer({ pace: 0.2, scripts: [using('deploy_status'), ...catalogue] });
  });
  afterEach(async () => {
    for (const bot of started) bot.signal('SIGKILL');
    await Promise.all(started.splice(0).map((bot) => bot.ended()));
    await Promise.all([slack.stop(), agents.stop()]);
    folder.remove();
  });

  function start(): BuiltBot {
    const bot = startBuiltBot(folder.path, {
      env: {
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        ANTHROPIC_API_KEY: agents.apiKey,
        ANTHROPIC_BASE_URL: agents.url,
        DRAWBRIDGE_AGENT_ID: agents.agentId,
        DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
        DRAWBRIDGE_TOOLS: 'tools',
      },
    });
    started.push(bot);
    return bot;
  }

  async function connected(): Promise<BuiltBot> {
    const bot = start();
    await bot.printed(/connected to Slack/);
    return bot;
  }

  const tool = (name: string, text: string) => writeFileSync(join(folder.path, 'tools', name), text);
  const ops = () => slack.state().channels.find(({ name }) => name === 'ops');
  const user = (name: string) => slack.state().users.find((one) => one.name === name)?.id ?? '';
  const say = (text: string) => slack.act.say({ user: user('Ana'), channel: ops()?.id ?? '', text });
  const said = (root: string) =>
    JSON.stringify(ops()?.messages.filter(({ thread_ts, bot_id }) => thread_ts === root && bot_id) ?? []);
  const until = (what: string, check: () => boolean) =>
    expect.poll(check, { timeout: 30_000, interval: 20, message: what }).toBe(true);

  it('is there for the agent', async () => {
    tool(
      'deploy-status.mjs',
      `export default {
        name: 'deploy_status',
        description: 'Says what is deployed.',
        inputSchema: { type: 'object', properties: { service: { type: 'string' } }, required: ['service'] },
        people: 'allow',
        async run({ service }, { requesters }) {
          return service + ' is at 4f1c2aa, for ' + requesters.join();
        },
      };`,
    );
    await connected();
    const { ts } = await say('@Drawbridge use the tool');
    await until('the agent says what it got', () => said(ts).includes('list price'));
    expect(said(ts)).toContain(`Result: <<checkout is at 4f1c2aa, for ${user('Ana')}>>`);
    await until('nothing is left to complain about', () => slack.problems().length === 0);
  });

  it.each([
    ['that is no tool', 'export const answer = 42;', 'exports no tool'],
    ['with a bad name', 'export default { name: "no good", description: "x", inputSchema: {}, run() {} };', 'no good'],
    ['that cannot be loaded', 'export default {', 'cannot be loaded'],
    [
      'with a name that is taken',
      'export default { name: "ask_user", description: "x", inputSchema: { type: "object" }, run() {} };',
      'two tools are called ask_user',
    ],
  ])('stops the start with one clear message, for a file %s', async (_, text, words) => {
    tool('bad.mjs', text);
    const { exitCode, stdout, stderr } = await start().ended();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at .+:\d+/m);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).not.toContain('connected to Slack');
  });

  it('stops the start with one message that names every bad file', async () => {
    tool('one.mjs', 'export const answer = 42;');
    tool('two.js', 'module.exports = 3;');
    const { exitCode, stderr } = await start().ended();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('one.mjs');
    expect(stderr).toContain('two.js');
  });

  it('runs nothing twice when the process is killed while it runs, and the agent is told', async () => {
    await connected();
    const { ts } = await say('@Drawbridge post message');
    const card = () =>
      ops()?.messages.find((one) => one.thread_ts === ts && JSON.stringify(one.blocks ?? []).includes(':gate:approve'));
    await until('it asks', () => card() !== undefined);
    await until('it waits', () => ops()?.sessions.find((one) => one.thread_ts === ts)?.status === 'suspended');
    const posted = () =>
      slack
        .state()
        .channels.find(({ name }) => name === 'general')
        ?.messages.filter((one) => JSON.stringify(one).includes(POSTED)).length;
    slack.faults.apply({ calls: [{ method: 'chat.postMessage', fault: { type: 'slow', ms: 3_000, when: 'after' } }] });
    await slack.act.click({
      user: user('Ben'),
      channel: ops()?.id ?? '',
      message_ts: card()?.ts ?? '',
      action_id: 'drawbridge:gate:approve',
    });
    await until('it stands', () => posted() === 1);
    started[0]?.signal('SIGKILL');
    await started[0]?.ended();
    await connected();
    await until('the agent is told', () => said(ts).includes(NOT_KNOWN) && said(ts).includes('list price'));
    expect(posted()).toBe(1);
    await until('the card says so', () => said(ts).includes('Approved'));
  });
});
