import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { SlackFaults } from './faults.ts';
import type { FileStore } from './file-store.ts';
import type { StoredFile } from './model.ts';
import type { Workspace } from './workspace.ts';

/** Where the bytes go: the one-time upload addresses, and the downloads that want the bot's bearer token. */
export interface FileRoutesOptions {
  workspace: Workspace;
  files: FileStore;
  faults: SlackFaults;
  botToken: string;
}

type Env = { Bindings: HttpBindings };

export function createFileRoutes({ workspace, files, faults, botToken }: FileRoutesOptions): Hono<Env> {
  const routes = new Hono<Env>();
  const { botUserId } = workspace.identity;

  const visible = (file: StoredFile) =>
    file.user === botUserId ||
    file.shares.some(({ channel }) => workspace.channels.get(channel)?.members.includes(botUserId));

  const download = (c: Context<Env>) => {
    const fault = faults.take('files.download');
    if (fault?.type === 'redirect') return c.redirect(fault.to, 302);
    if (fault?.type === 'http_500') return c.text('internal error', 500);
    const file = files.get((c.req.param('file') ?? '').split('-').at(-1) ?? '');
    const signedIn = c.req.header('authorization') === `Bearer ${botToken}`;
    // Slack does not say 401 here: who may not see the file gets its sign-in page, with 200.
    if (!file || !signedIn || !visible(file) || fault?.type === 'html') return c.html(SIGN_IN_PAGE);
    return c.body(Uint8Array.from(file.bytes), 200, {
      'content-type': file.mimetype,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    });
  };

  routes.post('/upload/:id', async (c) => {
    const bytes = await readBytes(c);
    if (bytes.length === 0) return c.text('no file was sent', 400);
    const outcome = files.receive(c.req.param('id'), bytes);
    if (outcome === 'unknown') return c.text('this upload address is not valid', 404);
    if (outcome === 'wrong_length') return c.text('the length is not the announced one', 400);
    return c.text(`OK - ${bytes.length}`);
  });
  routes.get('/files-pri/:file/download/:name', download);
  routes.get('/files-pri/:file/:name', download);
  return routes;
}

const SIGN_IN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>This browser is no longer supported.</body></html>';

/** Uploads come raw or as a form; Slack's own client names the field `body`. */
async function readBytes(c: Context<Env>): Promise<Uint8Array> {
  if (!c.req.header('content-type')?.startsWith('multipart/form-data'))
    return new Uint8Array(await c.req.arrayBuffer());
  const form = await c.req.raw.formData();
  const file = [...form.values()].find((value) => value instanceof Blob);
  return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
}
