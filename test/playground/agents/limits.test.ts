import { expect, test } from 'vitest';
import { startAgentsServer } from '../../../src/playground/agents/server.ts';
import { createClient } from '../../../src/sessions/client.ts';
import { manualClock } from '../slack/manual-clock.ts';

test('with its limits an organisation reads and creates no faster than it may', async () => {
  const clock = manualClock();
  const server = await startAgentsServer({ clock });
  const { beta } = createClient({ apiKey: server.apiKey, baseURL: server.url });
  const read = () => beta.agents.retrieve(server.agentId);
  const create = () => beta.sessions.create({ agent: server.agentId, environment_id: server.environmentId });
  const isRefused = { status: 429, type: 'rate_limit_error' };
  try {
    server.faults.apply({ limits: true });
    await Promise.all(Array.from({ length: 100 }, read));
    await expect(read()).rejects.toMatchObject(isRefused);
    await Promise.all(Array.from({ length: 25 }, create));
    const refused = await create().catch((error: unknown) => error);
    expect(refused).toMatchObject(isRefused);
    expect((refused as { headers: Headers }).headers.get('retry-after')).toBe('1');
    clock.advance(1_000);
    await Promise.all(Array.from({ length: 20 }, read));
    await expect(read()).rejects.toMatchObject(isRefused);
    server.faults.clear();
    await expect(read()).resolves.toMatchObject({ id: server.agentId });
  } finally {
    await server.stop();
  }
});
