import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Slack } from './assemble.ts';
import { createFileRoutes } from './file-routes.ts';
import { createJsonApi } from './json-api.ts';
import { isLocal } from './local-only.ts';
import { PersonRefusal } from './refusal.ts';
import { createTiers } from './tiers.ts';
import { type ApiCall, createWebApi } from './web-api.ts';

const faultsBody = z.object({ slack: z.unknown().optional(), agents: z.unknown().optional() });

/** All routes of the server: Slack's API under `/api`, the files, the response addresses, the JSON API and the page. */
export function createRoutes(
  slack: Slack,
  options: {
    page?: Hono | undefined;
    setAgentFaults?: ((json: unknown) => void | Promise<void>) | undefined;
    onCall?: ((call: ApiCall) => void) | undefined;
  },
): { app: Hono<{ Bindings: HttpBindings }>; calls: () => ApiCall[] } {
  const { clock, traffic, workspace, files, faults, secrets, act } = slack;
  const api = createWebApi({
    clock,
    traffic,
    faults,
    methods: slack.methods,
    tokens: { bot: secrets.botToken, app: secrets.appToken },
    tiers: createTiers(clock),
    scopes: slack.scopes,
    onCall: options.onCall,
  });
  const setAgentFaults = async (json: unknown) => {
    try {
      await options.setAgentFaults?.(json);
    } catch (error) {
      // The agents server names what is wrong in its own kind of error.
      throw new PersonRefusal('bad_request', error instanceof Error ? error.message : String(error));
    }
  };
  const jsonApi = createJsonApi({
    act,
    files,
    traffic,
    state: slack.pageState.state,
    listen: slack.listen,
    async setFaults(json) {
      const set = faultsBody.parse(json);
      if (set.slack !== undefined) faults.apply(set.slack);
      if (set.agents !== undefined) await setAgentFaults(set.agents);
    },
  });

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (c, next) => {
    if (isLocal({ host: c.req.header('host'), origin: c.req.header('origin') })) return next();
    const message = 'This server answers only to its own page and to programs on this machine.';
    return c.json({ ok: false, error: 'not_local', message }, 403);
  });
  app.use(async (c, next) => {
    if (!c.req.path.startsWith('/api/')) slack.bearers.see(c.req.raw);
    await next();
  });
  app.route('/api', api.routes);
  app.route('/actions', slack.responseUrls.routes);
  app.route('/playground', jsonApi);
  app.route(
    '/',
    createFileRoutes({
      workspace,
      files,
      spool: slack.spool,
      faults,
      botToken: secrets.botToken,
      scopes: slack.scopes,
    }),
  );
  if (options.page) app.route('/', options.page);
  return { app, calls: api.calls };
}
