import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startAgentsServer } from '../../src/playground/agents/server.ts';
import { startSlackServer } from '../../src/playground/slack/server.ts';
import { chainOf, entry } from '../gate/audit/entries.ts';
import { createFolder, MAIN, startBuiltBot } from './built-bot.ts';

let folder: ReturnType<typeof createFolder>;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

const run = (args: string[], env: Record<string, string> = {}) => startBuiltBot(folder.path, { args, env }).ended();

function writeAudit(content: string): void {
  mkdirSync(join(folder.path, 'state'), { recursive: true });
  writeFileSync(join(folder.path, 'state', 'audit.jsonl'), content);
}

it('verifies the audit of the data folder without any Slack or Anthropic setting, .env included', async () => {
  writeFileSync(join(folder.path, '.env'), 'DRAWBRIDGE_DATA=state\nSLACK_BOT_TOKEN=unfinished\n');
  const chain = chainOf([entry('a'), entry('b')]).join('');
  writeAudit(chain);
  expect(await run(['audit', 'verify'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^OK: 2 entries/),
  });
  writeAudit(chain.replace('"b"', '"c"'));
  expect(await run(['audit', 'verify'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^BROKEN: line 2/),
  });
  expect(await run(['audit', 'verify'], { DRAWBRIDGE_DATA: 'nowhere' })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/^There is no nowhere.audit\.jsonl: .*\n$/),
  });
});

it('exports megabytes whole, and stops quietly when nobody reads on', async () => {
  writeAudit(chainOf(Array.from({ length: 10_000 }, (_, index) => entry(`e${index}`))).join(''));
  const args = ['audit', 'export', '--data', 'state'];
  const { exitCode, stdout } = await run(args);
  expect({ exitCode, lines: stdout.split('\r\n').length }).toEqual({ exitCode: 0, lines: 10_002 });

  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder.path, env: { PATH }, stdio: 'pipe' });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(stderr).toBe('');
});

it('plans and applies what the settings file declares, and writes the lock file whole', async () => {
  const server = await startAgentsServer();
  try {
    const env = { ANTHROPIC_API_KEY: server.apiKey, ANTHROPIC_BASE_URL: server.url };
    mkdirSync(join(folder.path, 'manifest'));
    writeFileSync(
      join(folder.path, 'manifest', 'bridge.yaml'),
      'agents: { a: { model: claude-opus-5, custom_tools: [ask_user] } }\nenvironments: { e: {} }\n',
    );
    expect(await run(['plan'], env)).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('+ agents.a') });
    expect(await run(['apply'], env)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readdirSync(join(folder.path, 'manifest')).sort()).toEqual(['bridge.lock.json', 'bridge.yaml']);
    expect(await run(['plan'], env)).toMatchObject({ exitCode: 0 });
    expect(await run(['plan'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ANTHROPIC_API_KEY') });
  } finally {
    await server.stop();
  }
});

it('checks a set-up, and tries it out', async () => {
  const [slack, agents] = await Promise.all([startSlackServer(), startAgentsServer({ pace: 0 })]);
  try {
    const env = {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      ANTHROPIC_API_KEY: agents.apiKey,
      ANTHROPIC_BASE_URL: agents.url,
      DRAWBRIDGE_AGENT_ID: agents.agentId,
      DRAWBRIDGE_ENVIRONMENT_ID: agents.environmentId,
    };
    const { exitCode, stdout, stderr } = await run(['doctor', '--self-test', 'C0OPS00002'], env);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('✓ The agent answered in C0OPS00002');
    expect(stdout).toContain('! No session has a budget.');
    expect(await run(['doctor', '--strict'], env)).toMatchObject({ exitCode: 1 });
    expect(readdirSync(folder.path)).toEqual([]);
    expect(await run(['doctor'])).toMatchObject({ exitCode: 2, stdout: '' });
  } finally {
    await Promise.all([slack.stop(), agents.stop()]);
  }
});

it('records what people do, and replays it', async () => {
  const bot = startBuiltBot(folder.path, { args: ['--playground', '--record', 'records/'], env: { PORT: '0' } });
  const [, url = ''] = await bot.printed(/playground: (\S+)/);
  const body = JSON.stringify({ user: 'U0ANA00001', channel: 'C0OPS00002', text: '@Drawbridge hello' });
  await fetch(`${url}/playground/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const recordings = () => readdirSync(join(folder.path, 'records')).map((name) => join(folder.path, 'records', name));
  await expect.poll(() => readFileSync(recordings()[0] ?? '', 'utf8'), { timeout: 20_000 }).toContain('"type":"idle"');
  bot.signal('SIGTERM');
  await bot.ended();
  const { exitCode, stdout, stderr } = await run(['replay', recordings()[0] ?? '']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^chat\.postMessage +t1 b1 /);
  expect(await run(['--record', recordings()[0] ?? '', '--playground'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is there already'),
  });
});

it('tests the policy of the settings file, for CI', async () => {
  mkdirSync(join(folder.path, 'manifest'));
  const rule = '{ name: reading, match: { tool: read }, then: allow }';
  writeFileSync(join(folder.path, 'manifest', 'bridge.yaml'), `gate: { rules: [${rule}] }\n`);
  writeFileSync(
    join(folder.path, 'calls.jsonl'),
    '{"tool":"read","expect":"allow"}\n{"tool":"bash","expect":"allow"}\n',
  );
  const { exitCode, stdout } = await run(['policy', 'test', 'calls.jsonl']);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('1 of 2 are not as expected');
});
