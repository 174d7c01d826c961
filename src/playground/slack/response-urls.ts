import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { readArgs } from './args.ts';
import { isRecord } from './decode.ts';
import { newId } from './ids.ts';
import { type Content, readContent } from './methods/content.ts';
import type { Ephemeral, Message } from './model.ts';
import { Refusal } from './refusal.ts';
import type { Workspace } from './workspace.ts';

/** The addresses an app may answer a click at: five times within thirty minutes, without a token. */
export interface ResponseUrls {
  issue(origin: Origin): string;
  routes: Hono<{ Bindings: HttpBindings }>;
}

interface Origin {
  user: string;
  message: Message;
  ephemeral: boolean;
}

const USES = 5;
const VALID_MS = 1_800_000;

export function createResponseUrls(workspace: Workspace, { baseUrl }: { baseUrl: () => string }): ResponseUrls {
  const urls = new Map<string, { origin: Origin; left: number; until: number }>();
  const routes = new Hono<{ Bindings: HttpBindings }>();

  routes.post('/:id', async (c) => {
    const url = urls.get(c.req.param('id'));
    if (!url || workspace.clock.now() > url.until) return c.json({ ok: false, error: 'expired_url' }, 404);
    if (url.left === 0) return c.json({ ok: false, error: 'used_url' }, 404);
    url.left -= 1;
    try {
      answer(workspace, { origin: url.origin, body: await c.req.json() });
      return c.json({ ok: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return c.json({ ok: false, error: error.code }, 400);
    }
  });

  return {
    routes,
    issue(origin) {
      const id = newId('');
      urls.set(id, { origin, left: USES, until: workspace.clock.now() + VALID_MS });
      return `${baseUrl()}/actions/${id}`;
    },
  };
}

function answer(workspace: Workspace, { origin, body }: { origin: Origin; body: unknown }): void {
  const fields = isRecord(body) ? body : {};
  if (fields.delete_original === true) {
    removeOriginal(workspace, origin);
    return;
  }
  const content = readContent({ args: readArgs(fields, []), warn() {} });
  if (fields.replace_original === true) {
    replaceOriginal(workspace, { origin, content });
    return;
  }
  const { botUserId, botId, appId } = workspace.identity;
  const draft = {
    channel: origin.message.channel,
    user: botUserId,
    bot_id: botId,
    app_id: appId,
    ...content,
    ...(typeof fields.thread_ts === 'string' ? { thread_ts: fields.thread_ts } : {}),
  };
  if (fields.response_type === 'in_channel') workspace.post(draft);
  else workspace.whisper({ ...draft, to: origin.user });
}

function removeOriginal(workspace: Workspace, { message, ephemeral }: Origin): void {
  if (!ephemeral) {
    workspace.remove(message);
    return;
  }
  const whispers = workspace.channels.get(message.channel)?.ephemerals ?? [];
  const at = whispers.findIndex(({ ts }) => ts === message.ts);
  if (at === -1) return;
  whispers.splice(at, 1);
  workspace.tell({ type: 'unwhispered', message: message as Ephemeral });
}

function replaceOriginal(workspace: Workspace, { origin, content }: { origin: Origin; content: Content }): void {
  const replace = (message: Message) => {
    delete message.blocks;
    delete message.attachments;
    Object.assign(message, content);
  };
  if (!origin.ephemeral) {
    if (!workspace.find(origin.message.channel, origin.message.ts)) throw new Refusal('message_not_found');
    workspace.change(origin.message, replace);
    return;
  }
  replace(origin.message);
  workspace.tell({ type: 'whispered', message: origin.message as Ephemeral });
}
