import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentsServer, startAgentsServer } from '../../src/playground/agents/server.ts';
import { type SlackServer, startSlackServer } from '../../src/playground/slack/server.ts';
import { type BuiltBot, createFolder, startBuiltBot } from './built-bot.ts';

/** Set-up may take two minutes on a slow machine; here it takes seconds. */
const WITHIN_MS = 120_000;

let slack: SlackServer;
let agents: AgentsServer;
let folder: ReturnType<typeof createFolder>;
let bot: BuiltBot | undefined;

beforeEach(async () => {
  slack = await startSlackServer();
  agents = await startAgentsServer({ pace: 0.2 });
  folder = createFolder();
});

afterEach(async () => {
  bot?.signal('SIGTERM');
  await bot?.ended();
  bot = undefined;
  await Promise.all([slack.stop(), agents.stop()]);
  folder.remove();
});

/** The folder as a checkout has it, with the bridge.yaml that is shipped. */
function checkOut(): void {
  const shipped = fileURLToPath(new URL('../../manifest', import.meta.url));
  mkdirSync(join(folder.path, 'manifest'));
  cpSync(shipped, join(folder.path, 'manifest'), { recursive: true });
}

const secrets = () => [slack.botToken, slack.appToken, agents.apiKey];

it('sets up with flags only, as the shipped bridge.yaml says; then the bot starts and a person gets an answer', async () => {
  checkOut();
  const startedAt = Date.now();
  const args = ['setup', '--bot-token', slack.botToken, '--app-token', slack.appToken];
  const setup = startBuiltBot(folder.path, {
    args: [...args, '--anthropic-key', agents.apiKey, '--channel', '#ops', '--yes'],
    env: { SLACK_API_URL: slack.apiUrl, ANTHROPIC_BASE_URL: agents.url },
  });
  const { exitCode, stdout, stderr } = await setup.ended();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('agents.drawbridge made');
  for (const secret of secrets()) expect(stdout).not.toContain(secret);
  expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);

  // Nothing but what set-up wrote.
  bot = startBuiltBot(folder.path);
  await bot.printed(/connected to Slack/);
  const ops = slack.state().channels.find(({ name }) => name === 'ops')?.id ?? '';
  const ana = slack.state().users.find(({ name }) => name === 'Ana')?.id ?? '';
  const { ts } = slack.act.say({ user: ana, channel: ops, text: '@Drawbridge find user Ben' });
  const answers = () => {
    const messages = slack.state().channels.find(({ id }) => id === ops)?.messages ?? [];
    return messages.filter(({ thread_ts, user }) => thread_ts === ts && user === slack.botUserId);
  };
  await expect.poll(() => JSON.stringify(answers()), { timeout: 20_000 }).toContain('U0BEN00002');
  expect(Date.now() - startedAt).toBeLessThan(WITHIN_MS);
});

it('takes secrets through stdin, so that none stands in the list of processes', async () => {
  const settings = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    ANTHROPIC_API_KEY: agents.apiKey,
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_BASE_URL: agents.url,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  const ids = ['--agent', agents.agentId, '--environment', agents.environmentId];
  const args = ['setup', ...ids, '--no-self-test', '--stdin', '--yes'];
  const { exitCode } = await startBuiltBot(folder.path, { args, stdin: lines.join('') }).ended();
  expect(exitCode).toBe(0);
  for (const line of lines) expect(readFileSync(join(folder.path, '.env'), 'utf8')).toContain(line);
});
