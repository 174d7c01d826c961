import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, Hono } from 'hono';

const { resolve } = createRequire(import.meta.url);

/** The only files of node_modules that leave this machine's disk, by the names the page's import map uses. */
const vendorFiles: Record<string, string> = {
  'preact.js': 'preact',
  'preact-hooks.js': 'preact/hooks',
  'preact-jsx-runtime.js': 'preact/jsx-runtime',
  'marked.js': 'marked',
};

const contentTypes: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  map: 'application/json; charset=utf-8',
};

/** Lower-case words and dashes, folders of the same, and one known ending: no dots, hence no way out of the folder. */
const PAGE_FILE = /^\/page\/((?:[a-z0-9-]+\/)*[a-z0-9-]+\.(js|css|js\.map))$/;

const NOT_BUILT = 'The playground page is not built yet: run `npm run build`, then reload this page.';

/**
 * Serves the playground's page: `/`, its modules under `/page/` and the two libraries it imports under `/vendor/`.
 * `pageRoot` is the folder of the built page; without it, the one that `npm run build` makes.
 */
export function servePage(options: { pageRoot?: string } = {}): Hono {
  const root = options.pageRoot ?? builtPage();
  const app = new Hono();

  app.use('*', async (c, next) => {
    await next();
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Cache-Control', 'no-cache');
    c.header('Referrer-Policy', 'no-referrer');
  });

  app.get('/', async (c) => {
    const html = await readIfThere(join(root, 'index.html'));
    const built = html && (await readIfThere(join(root, 'main.js')));
    if (!html || !built) return c.text(NOT_BUILT, 503);
    c.header('Content-Security-Policy', contentSecurityPolicy(html.toString('utf8')));
    return c.html(html.toString('utf8'));
  });

  app.get('/page/*', async (c) => {
    const match = PAGE_FILE.exec(c.req.path);
    if (!match?.[1]) return c.notFound();
    return send(c, join(root, match[1]));
  });

  app.get('/vendor/:file', async (c) => {
    const name = c.req.param('file');
    const specifier = Object.hasOwn(vendorFiles, name) ? vendorFiles[name] : undefined;
    return specifier ? send(c, resolve(specifier), 'js') : c.notFound();
  });

  return app;
}

/** Running from the sources (as the tests do), the built page is in dist; running from dist, it is beside this file. */
function builtPage(): string {
  const fromSources = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(fromSources ? '../../dist/playground/page/' : './page/', import.meta.url));
}

async function send(c: Context, path: string, ending = path.slice(path.lastIndexOf('.') + 1)): Promise<Response> {
  const body = await readIfThere(path);
  if (!body) return c.notFound();
  return c.body(new Uint8Array(body), 200, { 'Content-Type': contentTypes[ending] ?? 'application/octet-stream' });
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) return;
    throw error;
  }
}

/** Browsers take import maps inline only, and a strict policy lets an inline script through by its hash. */
function contentSecurityPolicy(html: string): string {
  const importMap = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'self'",
    `script-src 'self' 'sha256-${hash}'`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
