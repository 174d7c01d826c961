import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { faultOfApps } from '../../../src/cli/setup/slack-tokens.ts';
import type { World } from '../../../src/cli/world.ts';
import { fastClock } from '../../../src/clock.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { startBot } from '../world.ts';
import { CTRL_C, DOWN, ENTER } from './person.ts';
import { argsOf, startSetup } from './rig.ts';

let setup: Awaited<ReturnType<typeof startSetup>>;
beforeEach(async () => {
  setup = await startSetup();
});
afterEach(() => setup.stop());

/** The app without some of its scopes or events. */
function without(...names: string[]): void {
  const { scopes, events } = setup.slack.installed();
  const left = (all: readonly string[]) => all.filter((name) => !names.includes(name));
  setup.slack.install({ scopes: left(scopes), events: left(events) });
}

const settled = () => ({
  SLACK_BOT_TOKEN: setup.slack.botToken,
  SLACK_APP_TOKEN: setup.slack.appToken,
  ANTHROPIC_API_KEY: setup.agents.apiKey,
  DRAWBRIDGE_AGENT_ID: setup.agents.agentId,
  DRAWBRIDGE_ENVIRONMENT_ID: setup.agents.environmentId,
  SLACK_API_URL: setup.slack.apiUrl,
  ANTHROPIC_BASE_URL: setup.agents.url,
});
const written = () => parseEnv(setup.dotEnv() ?? '');

describe('without anybody there', () => {
  it('ends with settings that are checked and a bot that has answered, and shows no credential', async () => {
    const { exitCode, stdout, stderr } = await setup.run([...argsOf(setup.flags), '--yes']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('drawbridge in Playground, with all its scopes');
    expect(stdout).toContain('The agent answered in #ops');
    for (const secret of setup.secrets) expect(stdout).not.toContain(secret);
    expect(written()).toEqual(settled());
    expect(setup.messages()).toEqual([]);
    expect(readdirSync(setup.folder).sort()).toEqual(['.env', 'bridge.yaml']);
  });

  it('takes what stands in the environment, and what comes through stdin before it', async () => {
    Object.assign(setup.env, { SLACK_BOT_TOKEN: 'xoxb-old', SLACK_APP_TOKEN: setup.slack.appToken });
    const lines = [
      `SLACK_BOT_TOKEN=${setup.slack.botToken}`,
      `ANTHROPIC_API_KEY="${setup.agents.apiKey}"`,
      `DRAWBRIDGE_AGENT_ID=${setup.agents.agentId}`,
      `DRAWBRIDGE_ENVIRONMENT_ID=${setup.agents.environmentId}`,
    ];
    const args = ['--stdin', '--yes', '--no-self-test'];
    const { exitCode } = await setup.run(args, { readStdin: async () => lines.join('\n') });
    expect(exitCode).toBe(0);
    expect(written()).toEqual(settled());
  });

  it('needs no app-level token where deliveries come over HTTP', async () => {
    setup.env.SLACK_SIGNING_SECRET = setup.slack.signingSecret;
    const { exitCode } = await setup.run([
      ...argsOf(setup.flags, '--app-token', '--channel'),
      '--yes',
      '--no-self-test',
    ]);
    expect(exitCode).toBe(0);
    const { SLACK_APP_TOKEN: _token, ...rest } = settled();
    expect(written()).toEqual({ ...rest, SLACK_SIGNING_SECRET: setup.slack.signingSecret });
  });

  it('leaves the self-test out where a Drawbridge runs already', async () => {
    const clock = { now: () => Date.now(), after: () => () => {} };
    const store = openStore({ dataFolder: setup.env.DRAWBRIDGE_DATA ?? '', log: pino({ level: 'silent' }), clock });
    try {
      const { exitCode, stderr } = await setup.run([...argsOf(setup.flags), '--yes']);
      expect(exitCode).toBe(0);
      expect(stderr).toContain('A Drawbridge runs here already');
      expect(setup.agents.records().sessions).toEqual([]);
    } finally {
      store.close();
    }
  });

  it('names all that is missing at once, and does nothing', async () => {
    const { exitCode, stdout, stderr } = await setup.run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    for (const name of ['--bot-token, or SLACK_BOT_TOKEN', '--app-token', '--anthropic-key', '--channel', '--yes'])
      expect(stderr).toContain(`- ${name}`);
    expect(setup.slack.calls()).toEqual([]);
  });

  it.each([
    ['--bot-token', 'xapp-1-A0-1-abc', /Bot token: This starts with xapp-, that is the app-level token/],
    ['--bot-token', 'xoxb-wrong', /Bot token: Slack does not know SLACK_BOT_TOKEN\. Copy it again/],
    ['--app-token', 'xoxb-wrong', /App-level token: This starts with xoxb-/],
    ['--app-token', 'xapp-wrong', /App-level token: Slack does not know SLACK_APP_TOKEN/],
    ['--anthropic-key', 'sk-ant-wrong', /API key: The agents API refuses this key/],
    ['--anthropic-key', 'sk-ant-admin01-wrong', /API key: This is not an API key/],
    ['--agent', 'agent_none', /agent agent_none is not in the workspace of this API key/],
    ['--agent', 'env_1', /DRAWBRIDGE_AGENT_ID: This .*not an agent id/],
    ['--environment', 'env_none', /environment env_none is not in the workspace/],
  ])('writes nothing when %s is %s, and says what to do', async (flag, value, words) => {
    const { exitCode, stderr } = await setup.run([...argsOf({ ...setup.flags, [flag]: value }), '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('wrong');
    expect(setup.dotEnv()).toBeNull();
  });

  it('names each scope that the app lacks, with what it is needed for', async () => {
    without('users:read', 'files:read');
    const { exitCode, stderr } = await setup.run([...argsOf(setup.flags), '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The app lacks 2 scopes');
    expect(stderr).toMatch(/files:read\s+to fetch the files/);
    expect(stderr).toMatch(/users:read\s+to name people/);
    expect(setup.dotEnv()).toBeNull();
  });

  it('says when the settings are good and the bot still does not answer', async () => {
    without('message.channels');
    const hasty: World['startBot'] = (bot, options) => startBot(bot, { ...options, clock: fastClock(8) });
    const { exitCode, stderr } = await setup.run([...argsOf(setup.flags), '--yes'], { startBot: hasty });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Slack did not tell the bot what was written there');
    expect(written()).toEqual(settled());
  });

  it('says in which channel the bot is not', async () => {
    const { exitCode, stderr } = await setup.run([...argsOf({ ...setup.flags, '--channel': '#random' }), '--yes']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('in no channel #random: invite it there with /invite @drawbridge');
    expect(written()).toEqual(settled());
  });

  it('warns when another program is connected as the app', async () => {
    const response = await fetch(`${setup.slack.apiUrl}apps.connections.open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${setup.slack.appToken}` },
    });
    const socket = new WebSocket(((await response.json()) as { url: string }).url);
    await new Promise((resolve) => socket.once('message', resolve));
    const { exitCode, stderr } = await setup.run([...argsOf(setup.flags), '--yes', '--no-self-test']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Another program is connected as this app');
    socket.terminate();
  });

  it('says what is wrong with bridge.yaml by its line', async () => {
    writeFileSync(setup.env.DRAWBRIDGE_CONFIG ?? '', 'slack: { renderer: loud }\n');
    const { exitCode, stderr } = await setup.run([...argsOf(setup.flags), '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/bridge\.yaml:1:\d+: slack\.renderer/);
  });

  it('needs to be told of an agent where nothing names one', async () => {
    const args = argsOf(setup.flags, '--agent', '--environment');
    const { exitCode, stderr } = await setup.run([...args, '--yes']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('give --agent and --environment');
  });
});

describe('with a bridge.yaml that declares the agent', () => {
  const DECLARED =
    'agents: { helper: { model: claude-opus-5 } }\nenvironments: { cloud: { networking: unrestricted } }\n';
  const unsaid = () => argsOf(setup.flags, '--agent', '--environment');
  beforeEach(() => writeFileSync(setup.env.DRAWBRIDGE_CONFIG ?? '', DECLARED));

  it('makes it, lets it answer, and finds it made the next time', async () => {
    const first = await setup.run([...unsaid(), '--yes']);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain('agents.helper made');
    expect(first.stdout).toContain('The agent answered in #ops');
    const { DRAWBRIDGE_AGENT_ID: _agent, DRAWBRIDGE_ENVIRONMENT_ID: _environment, ...rest } = settled();
    expect(written()).toEqual(rest);
    const again = await setup.run([...unsaid(), '--yes']);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).not.toContain('made');
  });

  it('shows a person what it would make, and takes another agent when told so', async () => {
    const { person, ran } = setup.attend([...unsaid(), '--no-self-test']);
    await person.at(/to make\s+environments\.cloud[\s\S]*to make\s+agents\.helper[\s\S]*Make these now\?/, DOWN, ENTER);
    await person.at(/Which agent\?/, ENTER);
    await person.at(/Which environment\?/, ENTER);
    expect((await ran).exitCode).toBe(0);
    expect(written()).toEqual(settled());
  });

  it('goes on from where the API gave up', async () => {
    setup.agents.faults.failNext('agents.create', { status: 500 });
    const { person, ran } = setup.attend([...unsaid(), '--no-self-test']);
    await person.at(/Make these now\?/, ENTER);
    await person.at(/environments\.cloud made[\s\S]*agents\.helper: the agents API[\s\S]*What now\?/, ENTER);
    await person.at(/Make these now\?/, ENTER);
    await person.sees(/agents\.helper made/);
    expect((await ran).exitCode).toBe(0);
    expect(setup.agents.records().requests['environments.create']).toBe(1);
  });

  it('says what stands already when it is stopped after that', async () => {
    setup.agents.faults.apply({ slow: [{ route: 'agents.create', ms: 1_000 }] });
    const { person, ran } = setup.attend([...unsaid(), '--no-self-test']);
    await person.at(/Make these now\?/, ENTER);
    await person.at(/environments\.cloud made/, CTRL_C);
    expect((await ran).exitCode).toBe(130);
    expect(person.seen()).toMatch(/what was made of bridge\.yaml stands, and\s+is found\s+again/);
    expect(setup.dotEnv()).toBeNull();
    const again = await setup.run([...unsaid(), '--yes', '--no-self-test']);
    expect(again.exitCode).toBe(0);
    expect(setup.agents.records().requests['environments.create']).toBe(1);
  });

  it('says what else the bot needs before it can start with it', async () => {
    const repository = 'repositories: { app: { url: "https://github.com/acme/app", token_from: GITHUB_TOKEN } }\n';
    const routing = 'routing: { default: { repositories: [app] } }\n';
    writeFileSync(setup.env.DRAWBRIDGE_CONFIG ?? '', DECLARED + repository + routing);
    expect(await setup.run([...unsaid(), '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('names GITHUB_TOKEN, which is not set'),
    });
    expect(setup.dotEnv()).toBeNull();
  });

  it('names what is wrong with it by its line, and lets it be mended', async () => {
    const broken = DECLARED.replace('model:', 'modle:');
    writeFileSync(setup.env.DRAWBRIDGE_CONFIG ?? '', broken);
    expect(await setup.run([...unsaid(), '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/bridge\.yaml:1:\d+: .*"modle", did you mean "model"\?/),
    });
    const { person, ran } = setup.attend([...unsaid(), '--no-self-test']);
    await person.sees(/did you mean "model"/);
    writeFileSync(setup.env.DRAWBRIDGE_CONFIG ?? '', DECLARED);
    await person.at(/What now\?/, ENTER);
    await person.at(/Make these now\?/, ENTER);
    expect((await ran).exitCode).toBe(0);
  });
});

it('does not take two tokens of different apps', () => {
  const bot = { team: 'Acme', name: 'drawbridge', scopes: [], appId: 'A1' };
  const socket = (appId: string | null) => ({ hello: { appId, connections: 1 } });
  expect(faultOfApps(bot, socket('A2'))).toContain('another app (A2) than the bot token (A1)');
  expect([socket('A1'), socket(null), { hello: null }].map((one) => faultOfApps(bot, one))).toEqual([null, null, null]);
});

describe('with a person at a terminal', () => {
  const paste = (name: string) => [setup.flags[name] ?? '', ENTER];

  it('leads from nothing to a bot that has answered', async () => {
    const { person, ran } = setup.attend();
    await person.at(/a Slack app for Drawbridge/, ENTER);
    await person.at(
      /https:\/\/api\.slack\.com\/apps\?new_app=1&manifest_json=%7B[\s\S]*Paste the bot token/,
      ...paste('--bot-token'),
    );
    await person.at(
      /with all its scopes[\s\S]*connections:write[\s\S]*Paste the app-level token/,
      ...paste('--app-token'),
    );
    await person.at(/Socket Mode opens[\s\S]*Paste the API key/, ...paste('--anthropic-key'));
    await person.at(/Which agent\?[\s\S]*Playground agent/, ENTER);
    await person.at(/Which environment\?/, ENTER);
    await person.at(/In which channel\?[\s\S]*#ops/, DOWN, DOWN, ENTER);
    await person.sees(/The agent answered in #ops/);
    expect(setup.messages().length).toBeGreaterThan(1);
    await person.at(/Remove its messages/, ENTER);
    expect((await ran).exitCode).toBe(0);
    expect(person.seen()).toContain('Ready. Run npm start');
    expect(written()).toEqual(settled());
    expect(setup.messages()).toEqual([]);
    for (const secret of setup.secrets) expect(person.written()).not.toContain(secret);
  });

  it('fills the link with the manifest as it is', async () => {
    const { person, ran } = setup.attend();
    await person.at(/a Slack app for Drawbridge/, ENTER);
    await person.at(/Paste the bot token/, CTRL_C);
    await ran;
    const [, link = ''] = /(https:\S+manifest_json=\S+)/.exec(person.seen()) ?? [];
    const manifest = JSON.parse(new URL(link).searchParams.get('manifest_json') ?? '');
    const shipped = readFileSync(new URL('../../../manifest/manifest.json', import.meta.url), 'utf8');
    expect(manifest).toEqual(JSON.parse(shipped));
  });

  it('says what is wrong with what was pasted, and lets it be pasted again', async () => {
    const { person, ran } = setup.attend(argsOf(setup.flags, '--app-token'));
    await person.at(/Paste the app-level token/, setup.slack.botToken, ENTER);
    await person.at(/This starts with xoxb-, that is the bot token/, 'xapp-unknown', ENTER);
    await person.at(/Slack does not know SLACK_APP_TOKEN[\s\S]*What now\?/, DOWN, ENTER);
    await person.at(/Paste the app-level token/, ...paste('--app-token'));
    await person.at(/Remove its messages/, ENTER);
    expect((await ran).exitCode).toBe(0);
    expect(person.seen()).not.toContain('xapp-unknown');
  });

  it('lets nothing that is typed while it works answer the next question', async () => {
    setup.slack.faults.apply({
      calls: [{ method: 'auth.test', fault: { type: 'slow', ms: 500, when: 'before' } }],
    });
    const { person, ran } = setup.attend([...argsOf(setup.flags, '--app-token'), '--no-self-test']);
    await person.at(/Checking the bot token/, 'xapp-too-soon', ENTER);
    await person.at(/Paste the app-level token/, ...paste('--app-token'));
    expect((await ran).exitCode).toBe(0);
    expect(person.seen()).not.toContain('Slack does not know');
    expect(written()).toEqual(settled());
  });

  it('looks again when the app has been given what it lacked', async () => {
    const whole = setup.slack.installed();
    without('users:read');
    const { person, ran } = setup.attend([...argsOf(setup.flags), '--no-self-test']);
    await person.sees(/The app lacks 1 scope:[\s\S]*users:read\s+to name people/);
    setup.slack.install(whole);
    await person.at(/What now\?/, ENTER);
    expect((await ran).exitCode).toBe(0);
    expect(written()).toEqual(settled());
  });

  it('asks before it replaces a value, and keeps the rest of the file', async () => {
    const before = '# mine\nSLACK_BOT_TOKEN=xoxb-old\nLOG_LEVEL=debug\n';
    writeFileSync(`${setup.folder}/.env`, before);
    const no = setup.attend([...argsOf(setup.flags), '--no-self-test']);
    await no.person.at(/Replace SLACK_BOT_TOKEN in .*\.env\?/, 'n', ENTER);
    expect((await no.ran).exitCode).toBe(1);
    expect(setup.dotEnv()).toBe(before);
    const yes = setup.attend([...argsOf(setup.flags), '--no-self-test']);
    await yes.person.at(/Replace SLACK_BOT_TOKEN/, ENTER);
    expect((await yes.ran).exitCode).toBe(0);
    expect(setup.dotEnv()).toContain('# mine\n');
    expect(written()).toEqual({ ...settled(), LOG_LEVEL: 'debug' });
  });

  it('waits for the bot to be invited', async () => {
    for (const { id, is_im, members } of setup.slack.state().channels) {
      if (!is_im && id.startsWith('C') && members.includes(setup.slack.botUserId))
        setup.slack.act.leaveChannel({ user: setup.slack.botUserId, channel: id });
    }
    const { person, ran } = setup.attend(argsOf(setup.flags, '--channel'));
    await person.sees(/in no channel yet[\s\S]*\/invite @drawbridge/);
    const ops = setup.slack.state().channels.find(({ name }) => name === 'ops')?.id ?? '';
    setup.slack.act.joinChannel({ user: setup.slack.botUserId, channel: ops });
    await person.at(/In which channel\?/, ENTER);
    await person.at(/In which channel\?[\s\S]*#ops/, ENTER);
    await person.at(/Remove its messages/, ENTER);
    expect((await ran).exitCode).toBe(0);
  });

  it.each([
    ['at a question', async () => {}],
    [
      'while it waits for Slack',
      async () =>
        setup.slack.faults.apply({
          calls: [{ method: 'auth.test', fault: { type: 'slow', ms: 10_000, when: 'before' } }],
        }),
    ],
  ])('leaves nothing behind when it is stopped %s, and says how to go on', async (where, prepare) => {
    await prepare();
    const args = where === 'at a question' ? argsOf(setup.flags, '--anthropic-key') : argsOf(setup.flags);
    const { person, ran } = setup.attend(args);
    await person.at(where === 'at a question' ? /Paste the API key/ : /Checking the bot token/, CTRL_C);
    expect((await ran).exitCode).toBe(130);
    expect(person.seen()).toContain('Nothing was written. Run it again');
    expect(setup.dotEnv()).toBeNull();
  });

  it('takes its messages away and stops the bot when the self-test is stopped', async () => {
    setup.agents.faults.apply({ slow: [{ route: 'events.send', ms: 1_000 }] });
    const { person, ran } = setup.attend(argsOf(setup.flags));
    await person.sees(/Asking the bot in #ops/);
    await expect.poll(() => setup.messages().length, { timeout: 5_000 }).toBeGreaterThan(0);
    await person.at(/^/, CTRL_C);
    expect((await ran).exitCode).toBe(130);
    expect(person.seen()).toContain('The settings are written');
    expect(setup.messages()).toEqual([]);
    await expect.poll(setup.slack.connections).toBe(0);
  });
});
