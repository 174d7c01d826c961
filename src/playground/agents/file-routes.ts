import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { badRequest } from './api-error.ts';
import type { ApiRequest, Route } from './http.ts';
import type { RouteWorld } from './route-world.ts';
import { readUpload } from './upload-form.ts';

export function fileRoutes({ files, faults, spool }: RouteWorld): Route[] {
  const id = (request: ApiRequest) => request.param('file');
  const upload = async (request: ApiRequest) => {
    const { expiresInSeconds, ...file } = await readUpload(request.incoming, spool);
    return files.upload(file, expiresInSeconds);
  };
  return [
    { name: 'files.upload', method: 'POST', path: '/v1/files', run: (r) => upload(r) },
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
        const broken = faults.takeBrokenDownload();
        if (broken) return breakOff(r, { bytes, how: broken });
        return new Response(bytes.stream(), {
          headers: { 'content-type': body.mime_type, 'content-length': String(bytes.size) },
        });
      },
    },
    { name: 'files.delete', method: 'DELETE', path: '/v1/files/:file', run: (r) => files.delete(id(r)) },
  ];
}

/** Sends one half of the bytes, and then cuts the connection or says nothing more. */
async function breakOff(
  { outgoing }: ApiRequest,
  { bytes, how }: { bytes: Blob; how: 'cut' | 'stall' },
): Promise<Response> {
  outgoing.writeHead(200, { 'content-length': bytes.size });
  const half = await bytes.slice(0, Math.ceil(bytes.size / 2)).arrayBuffer();
  outgoing.write(Buffer.from(half), () => {
    if (how === 'cut') outgoing.destroy();
  });
  return RESPONSE_ALREADY_SENT;
}
