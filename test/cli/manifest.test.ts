import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli } from './rig.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const shipped = readFileSync(new URL('../../manifest/manifest.json', import.meta.url), 'utf8');

describe('drawbridge manifest', () => {
  let cli: ReturnType<typeof createCli>;
  beforeEach(() => {
    cli = createCli();
  });
  afterEach(() => cli.remove());

  it('prints the manifest as it stands', async () => {
    expect(await cli.run('manifest')).toEqual({ exitCode: 0, stdout: shipped, stderr: '' });
  });

  it.each([
    ['https://bot.example.com', 'https://bot.example.com/slack/events'],
    ['https://example.com/bot/', 'https://example.com/bot/slack/events'],
    ['https://bot.example.com:8443/slack/events', 'https://bot.example.com:8443/slack/events'],
  ])('prints it for deliveries over HTTP to %s', async (address, request_url) => {
    const { exitCode, stdout } = await cli.run('manifest', '--http', address);
    const expected = JSON.parse(shipped);
    expected.settings.event_subscriptions.request_url = request_url;
    expected.settings.interactivity.request_url = request_url;
    expected.settings.socket_mode_enabled = false;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it.each(['http://bot.example.com', 'bot.example.com', 'https://me@bot.example.com', 'https://bot.example.com/?a=b'])(
    'does not take %s for an address that Slack can reach',
    async (address) => {
      const { exitCode, stdout, stderr } = await cli.run('manifest', '--http', address);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('such as https://bot.example.com');
    },
  );
});

describe('the hooks of the Slack CLI', () => {
  const { hooks } = JSON.parse(readFileSync(new URL('../../.slack/hooks.json', import.meta.url), 'utf8'));

  it('are given the manifest and nothing else', async () => {
    // The tests are run on what was built: building here would pull it from under those that run beside this one.
    const [build, print] = hooks['get-manifest'].split(' && ');
    expect(build).toBe('npm run --silent build');
    const { stdout } = await promisify(exec)(print, { cwd: ROOT });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(shipped));
  });

  it('start the bot as everybody does', () => {
    expect(hooks.start).toBe('npm start');
  });
});
