import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servePage } from '../../src/playground/serve-page.ts';

const importMap = '{"imports":{"preact":"/vendor/preact.js"}}';
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  const root = join(folder, 'page');
  await mkdir(join(root, 'blocks'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(join(root, 'index.html'), `<script type="importmap">${importMap}</script>`);
  await writeFile(join(root, 'main.js'), 'export {};');
  await writeFile(join(root, 'blocks', 'rich-text.js'), 'export {};');
  await writeFile(join(root, 'style.css'), 'body {}');
  await writeFile(join(root, 'main.d.ts'), 'export {};');
  server = createAdaptorServer({ fetch: servePage({ pageRoot: root }).fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** Without a URL parser in between, which would tidy the path up before it is sent. */
function statusOf(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  it('allows its own import map by hash and no other inline script', async () => {
    const response = await fetch(`${url}/`);
    const hash = createHash('sha256').update(importMap).digest('base64');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it.each([
    ['/page/main.js', 'text/javascript'],
    ['/page/blocks/rich-text.js', 'text/javascript'],
    ['/page/style.css', 'text/css'],
    ['/vendor/preact.js', 'text/javascript'],
    ['/vendor/preact-hooks.js', 'text/javascript'],
    ['/vendor/preact-jsx-runtime.js', 'text/javascript'],
    ['/vendor/marked.js', 'text/javascript'],
  ])('serves %s as %s, always fresh', async (path, type) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).not.toBe('');
  });

  it.each([
    '/page/../secret.js',
    '/page/%2e%2e/secret.js',
    '/page/..%2fsecret.js',
    '/page//etc/passwd',
    '/page/main.d.ts',
    '/page/absent.js',
    '/page/blocks',
    '/vendor/hono.js',
    '/vendor/..%2f..%2fpackage.json',
    '/vendor/constructor',
  ])('does not serve %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  it('says how to build the page when it is not there', async () => {
    const response = await servePage({ pageRoot: join(folder, 'nowhere') }).request('/');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});
