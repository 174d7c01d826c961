import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { Change, PlaygroundState, Refusal as RefusalBody, Traffic } from '../page/contract.ts';
import type { TrafficLog } from '../traffic.ts';
import type { Actors } from './actors.ts';
import type { FileStore } from './file-store.ts';
import { PersonRefusal } from './refusal.ts';

/** The playground's JSON API: what the page does, and what a script that is a person can do. */
export interface JsonApiOptions {
  act: Actors;
  files: FileStore;
  traffic: TrafficLog;
  state: () => PlaygroundState;
  listen: (listener: (change: Change) => void) => () => void;
  setFaults: (json: unknown) => void | Promise<void>;
}

type Env = { Bindings: HttpBindings };

const who = { user: z.string().min(1), channel: z.string().min(1) };
const file = z
  .object({
    name: z.string().min(1),
    base64: z.string().optional(),
    repeat: z.string().min(1).optional(),
    size: z.int().min(0).optional(),
    mimetype: z.string().optional(),
    mode: z
      .enum(['hosted', 'snippet', 'stub', 'external', 'canvas', 'list', 'email', 'tombstone', 'hidden_by_limit'])
      .optional(),
  })
  .transform((given) => strip(given));
const messageBody = z.object({
  ...who,
  text: z.string().default(''),
  thread_ts: z.string().optional(),
  reply_broadcast: z.boolean().optional(),
  files: z.array(file).optional(),
  forwards: z.object({ channel: z.string().min(1), ts: z.string().min(1) }).optional(),
  table: z.array(z.array(z.string())).optional(),
});
const actionBody = z.object({
  user: z.string().min(1),
  channel: z.string().default(''),
  message_ts: z.string().default(''),
  action_id: z.string(),
  value: z.string().optional(),
  view_id: z.string().optional(),
  late: z.boolean().optional(),
});
const viewBody = z.object({
  user: z.string().min(1),
  view_id: z.string().min(1),
  values: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  close: z.boolean().optional(),
  late: z.boolean().optional(),
});
const stopBody = z.object({ ...who, thread_ts: z.string().min(1) });
const renameBody = stopBody.extend({ title: z.string().min(1).max(200) });
const editBody = z.object({ ...who, ts: z.string().min(1), text: z.string() });
const removeBody = z.object({ ...who, ts: z.string().min(1) });
const reactionBody = z.object({
  ...who,
  ts: z.string().min(1),
  name: z.string().min(1),
  remove: z.boolean().optional(),
});
const joinBody = z.object(who);
const personBody = z.object({
  user: z.string().min(1),
  deleted: z.boolean().optional(),
  guest: z.union([z.boolean(), z.enum(['multi_channel', 'single_channel'])]).optional(),
  name: z.string().trim().min(1).max(80).optional(),
});
const groupBody = z.object({ group: z.string().min(1), users: z.array(z.string()) });

export function createJsonApi(options: JsonApiOptions): Hono<Env> {
  const { act, traffic } = options;
  const routes = new Hono<Env>();

  const post = <T>(path: string, body: z.ZodType<T>, run: (input: T) => unknown) =>
    routes.post(path, async (c) => {
      const parsed = body.safeParse(await readJson(c));
      if (!parsed.success) return refuse(c, { error: 'bad_request', message: z.prettifyError(parsed.error) });
      const result = await run(parsed.data);
      return c.json({ ok: true, ...(result as object | undefined) });
    });

  routes.get('/state', (c) => c.json(options.state()));
  routes.get('/traffic', (c) => c.json({ traffic: traffic.recent() }));
  routes.get('/events', (c) => streamChanges(c, options));
  routes.get('/files/:id/:name', (c) => preview(c, options.files));
  post('/messages', messageBody, (input) => act.say(strip(input)));
  post('/actions', actionBody, (input) => act.click(strip(input)));
  post('/views', viewBody, (input) => act.submit(strip(input)));
  post('/stop', stopBody, (input) => act.stop(input));
  post('/titles', renameBody, (input) => act.rename(input));
  post('/edits', editBody, (input) => act.edit(input));
  post('/deletes', removeBody, (input) => act.remove(input));
  post('/reactions', reactionBody, (input) => act.react(strip(input)));
  post('/joins', joinBody, (input) => act.joinChannel(input));
  post('/leaves', joinBody, (input) => act.leaveChannel(input));
  post('/people', personBody, (input) => act.setPerson(strip(input)));
  post('/groups', groupBody, (input) => act.setGroup(input));
  post('/faults', z.record(z.string(), z.unknown()), (input) => options.setFaults(input));

  routes.onError((error, c) => {
    if (error instanceof PersonRefusal) return refuse(c, { error: error.code, message: error.message });
    if (error instanceof z.ZodError) return refuse(c, { error: 'bad_request', message: z.prettifyError(error) });
    throw error;
  });
  return routes;
}

/** zod writes absent fields as `undefined`, which the contract's types do not know. */
function strip<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

async function readJson(c: Context<Env>): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (cause) {
    throw new PersonRefusal('bad_request', `The body must be JSON (${String(cause)}).`);
  }
}

function refuse(c: Context<Env>, refusal: Omit<RefusalBody, 'ok'>): Response {
  return c.json({ ok: false, ...refusal } satisfies RefusalBody, 400);
}

function streamChanges(c: Context<Env>, { listen, traffic }: JsonApiOptions): Response {
  return streamSSE(c, async (stream) => {
    const write = (change: Change) => void stream.writeSSE({ event: 'change', data: JSON.stringify(change) });
    const ends = [listen(write), traffic.listen((entry: Traffic) => write({ type: 'traffic', traffic: entry }))];
    // A first comment tells the page that it listens, before anything has happened.
    await stream.write(': open\n\n');
    await new Promise<void>((resolve) => stream.onAbort(resolve));
    for (const end of ends) end();
  });
}

/** Files come from people and from the agent: they are shown, but can run nothing on this origin. */
function preview(c: Context<Env>, files: FileStore): Response {
  const file = files.get(c.req.param('id') ?? '');
  if (!file) throw new PersonRefusal('file_not_found', 'There is no such file.');
  return c.body(Readable.toWeb(Readable.from(file.content.chunks())) as ReadableStream, 200, {
    'content-type': file.mimetype,
    'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:",
    'x-content-type-options': 'nosniff',
  });
}
