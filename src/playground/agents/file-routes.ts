import { badRequest } from './api-error.ts';
import type { FileStore } from './files.ts';
import type { ApiRequest, Route } from './http.ts';
import type { RouteWorld } from './route-world.ts';

export function fileRoutes({ files }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('file');
  return [
    { name: 'files.upload', method: 'POST', path: '/v1/files', run: async (r) => upload(files, await r.form()) },
    {
      name: 'files.list',
      method: 'GET',
      path: '/v1/files',
      run(r) {
        if (r.query.has('scope_id') && !r.beta) {
          throw badRequest('scope_id: requires the anthropic-beta header managed-agents-2026-04-01');
        }
        return files.list(r.query);
      },
    },
    { name: 'files.retrieve', method: 'GET', path: '/v1/files/:file', run: (r) => files.retrieve(id(r)) },
    {
      name: 'files.content',
      method: 'GET',
      path: '/v1/files/:file/content',
      run(r) {
        const { body, bytes } = files.content(id(r));
        return new Response(bytes, { headers: { 'content-type': body.mime_type } });
      },
    },
    { name: 'files.delete', method: 'DELETE', path: '/v1/files/:file', run: (r) => files.delete(id(r)) },
  ];
}

async function upload(files: FileStore, form: FormData) {
  const file = form.get('file');
  if (!(file instanceof File)) throw badRequest('file: Field required');
  const expires = form.get('expires_in_seconds');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mimeType = (file.type || 'application/octet-stream').replace(/;.*$/, '');
  return files.upload({ filename: file.name, mimeType, bytes }, expires === null ? undefined : Number(expires));
}
