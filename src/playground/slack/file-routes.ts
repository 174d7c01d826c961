import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { type Clock, sleep } from '../../clock.ts';
import { ELSEWHERE } from './bearer-watch.ts';
import type { CallFault, SlackFaults } from './faults.ts';
import { type FileBytes, givenBytes, type Spool } from './file-bytes.ts';
import type { FileStore } from './file-store.ts';
import type { StoredFile } from './model.ts';
import { seesFile } from './people.ts';
import type { Scopes } from './scopes.ts';
import type { Workspace } from './workspace.ts';

/** Where the bytes go: the one-time upload addresses, and the downloads that want the bot's bearer token. */
export interface FileRoutesOptions {
  workspace: Workspace;
  files: FileStore;
  spool: Spool;
  faults: SlackFaults;
  botToken: string;
  scopes: Pick<Scopes, 'granted'>;
}

type Env = { Bindings: HttpBindings };

export function createFileRoutes({ workspace, files, spool, faults, botToken, scopes }: FileRoutesOptions): Hono<Env> {
  const routes = new Hono<Env>();
  const { clock } = workspace;

  const download = async (c: Context<Env>) => {
    const fault = faults.take('files.download');
    const failure = fault && (await fail(c, { fault, clock, when: 'before' }));
    if (failure) return failure;
    const file = files.get((c.req.param('file') ?? '').split('-').at(-1) ?? '');
    const signedIn =
      c.req.header('authorization') === `Bearer ${botToken}` && scopes.granted('bot').includes('files:read');
    // Slack does not say 401 here: who may not see the file gets its sign-in page, with 200.
    if (!file || !signedIn || !seesFile(workspace, file)) return c.html(SIGN_IN_PAGE);
    await serve(c.env.outgoing, { file, fault, clock });
    return RESPONSE_ALREADY_SENT;
  };

  routes.post('/upload/:id', async (c) => {
    const fault = faults.take('files.upload');
    const early = fault && (await fail(c, { fault, clock, when: 'before' }));
    if (early) return early;
    const content = await readBytes(c, spool);
    if (content.size === 0) return c.text('no file was sent', 400);
    const outcome = files.receive(c.req.param('id'), content);
    if (outcome === 'unknown') return c.text('this upload address is not valid', 404);
    if (outcome === 'wrong_length') return c.text('the length is not the announced one', 400);
    const late = fault && (await fail(c, { fault, clock, when: 'after' }));
    return late ?? c.text(`OK - ${content.size}`);
  });
  routes.get('/files-pri/:file/download/:name', download);
  routes.get('/files-pri/:file/:name', download);
  routes.get(`${ELSEWHERE}:name`, (c) => c.text('These bytes are not from Slack.'));
  return routes;
}

const SIGN_IN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>This browser is no longer supported.</body></html>';

/** Undefined when it goes on as if nothing were: after a wait, or for faults of the body. */
async function fail(
  c: Context<Env>,
  { fault, clock, when }: { fault: CallFault; clock: Clock; when: 'before' | 'after' },
): Promise<Response | undefined> {
  if ('when' in fault ? fault.when !== when : when === 'after') return undefined;
  switch (fault.type) {
    case 'http_500':
      return c.text('internal error', 500);
    case 'reset':
      c.env.incoming.socket.destroy();
      return RESPONSE_ALREADY_SENT;
    case 'rate_limited':
      return c.text('too many requests', 429, { 'retry-after': String(fault.retry_after_s) });
    case 'redirect':
      return c.redirect(fault.to, 302);
    case 'html':
      return c.html(SIGN_IN_PAGE);
    case 'slow':
      await sleep(clock, fault.ms, c.req.raw.signal);
      return undefined;
    // These addresses have no errors with a name; the others are of the body.
    case 'error':
    case 'truncated':
    case 'wrong_length':
    case 'drip':
      return undefined;
  }
}

interface Serving {
  file: StoredFile;
  fault: CallFault | undefined;
  clock: Clock;
}

/** Piece by piece, as fast as the other side reads. */
async function serve(outgoing: ServerResponse, { file, fault, clock }: Serving): Promise<void> {
  const size = file.content.size + (fault?.type === 'wrong_length' ? fault.by : 0);
  outgoing.writeHead(200, {
    'content-type': file.mimetype,
    'content-length': size,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
  });
  const sent = bodyOf(file.content, { fault, size, clock });
  try {
    await pipeline(Readable.from(sent), outgoing);
  } catch {
    // The other side went away, or was to be cut off: the connection is closed, and nobody is left to tell.
  }
}

async function* bodyOf(
  content: FileBytes,
  { fault, size, clock }: Omit<Serving, 'file'> & { size: number },
): AsyncGenerator<Uint8Array> {
  const until = fault?.type === 'truncated' ? Math.floor(size / 2) : size;
  let left = until;
  for await (const chunk of content.chunks()) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (fault?.type === 'drip') yield* drip(piece, { ...fault, clock });
    else yield piece;
    if (left === 0) break;
  }
  if (until < size) throw new Error('cut off in the middle');
  if (left > 0) yield Buffer.alloc(left, ' ');
}

async function* drip(
  piece: Uint8Array,
  { ms, bytes, clock }: { ms: number; bytes: number; clock: Clock },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < piece.length; at += bytes) {
    yield piece.subarray(at, at + bytes);
    await sleep(clock, ms);
  }
}

/** Uploads come raw or as a form; Slack's own client names the field `body`. */
async function readBytes(c: Context<Env>, spool: Spool): Promise<FileBytes> {
  if (!c.req.header('content-type')?.startsWith('multipart/form-data')) {
    return spool.keep(c.req.raw.body as ReadableStream<Uint8Array> | null);
  }
  const form = await c.req.raw.formData();
  const file = [...form.values()].find((value) => value instanceof Blob);
  return givenBytes(file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array());
}
