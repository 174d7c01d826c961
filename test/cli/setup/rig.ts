import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { World } from '../../../src/cli/world.ts';
import { startAgentsServer } from '../../../src/playground/agents/server.ts';
import { startSlackServer } from '../../../src/playground/slack/server.ts';
import { createFolder } from '../../e2e/built-bot.ts';
import { type Ran, runInWorld } from '../world.ts';
import { createPerson, type Person } from './person.ts';

/** An empty folder to set a bot up in, between the two local servers. */
export async function startSetup() {
  const slack = await startSlackServer();
  const agents = await startAgentsServer({ pace: 0.2 });
  const folder = createFolder();
  const envFile = join(folder.path, '.env');
  const read = () => (existsSync(envFile) ? readFileSync(envFile, 'utf8') : null);
  const env: Record<string, string> = {
    SLACK_API_URL: slack.apiUrl,
    ANTHROPIC_BASE_URL: agents.url,
    DRAWBRIDGE_DATA: join(folder.path, 'data'),
    DRAWBRIDGE_CONFIG: join(folder.path, 'bridge.yaml'),
  };
  writeFileSync(env.DRAWBRIDGE_CONFIG ?? '', '{}\n');
  const parts = (more: Partial<World>): Partial<World> => ({
    env: () => ({ ...parseEnv(read() ?? ''), ...env }),
    envFile,
    ...more,
  });
  return {
    slack,
    agents,
    folder: folder.path,
    /** The environment of the commands. */
    env,
    /** Everything that can be given, as flags. */
    flags: {
      '--bot-token': slack.botToken,
      '--app-token': slack.appToken,
      '--anthropic-key': agents.apiKey,
      '--agent': agents.agentId,
      '--environment': agents.environmentId,
      '--channel': '#ops',
    } as Record<string, string>,
    secrets: [slack.botToken, slack.appToken, agents.apiKey],
    dotEnv: read,
    /** Nobody sits there. */
    run: (args: string[], more: Partial<World> = {}): Promise<Ran> => runInWorld(['setup', ...args], parts(more)),
    /** Somebody does. */
    attend(args: string[] = []): { person: Person; ran: Promise<Ran> } {
      const person = createPerson();
      return { person, ran: runInWorld(['setup', ...args], parts({ terminal: person.terminal })) };
    },
    /** The messages in #ops. */
    messages: () => slack.state().channels.find(({ name }) => name === 'ops')?.messages ?? [],
    async stop() {
      await Promise.all([slack.stop(), agents.stop()]);
      folder.remove();
    },
  };
}

/** As arguments, without those that are left out. */
export function argsOf(flags: Record<string, string>, ...without: string[]): string[] {
  return Object.entries(flags)
    .filter(([name]) => !without.includes(name))
    .flat();
}
