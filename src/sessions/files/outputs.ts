import type Anthropic from '@anthropic-ai/sdk';
import type { FileId, Output } from '../../thread/file-ports.ts';
import type { SessionId } from '../../thread/ids.ts';
import { applyOnce } from '../apply-once.ts';
import { inTime } from '../client.ts';
import type { FilesWorld } from './agent-files.ts';

const PAGE = 1000;

/** `AgentFiles.outputs`. Lists once: what is listed is complete, and what comes late is for the caller to wait for. */
export async function listOutputs(session: SessionId, options: FilesWorld): Promise<Output[]> {
  return applyOnce(
    {
      key: `${session} outputs`,
      subject: 'session',
      run: () => inTime((signal) => listOnce(session, { client: options.client, signal })),
    },
    options,
  );
}

async function listOnce(
  session: SessionId,
  { client, signal }: { client: Anthropic; signal: AbortSignal },
): Promise<Output[]> {
  const newestFirst: Output[] = [];
  // The SDK adds this beta to every path of sessions by itself, but not to files.
  const asked = { scope_id: session, limit: PAGE, betas: ['managed-agents-2026-04-01' as const] };
  for await (const file of client.beta.files.list(asked, { signal })) {
    // The listing has the session's copies of its mounts too. And a filter that the API dropped for whatever reason
    // must not bring the files of other threads here.
    if (file.downloadable !== true || file.scope?.id !== session) continue;
    const { filename: name, mime_type: mimetype, size_bytes: size, created_at: writtenAt } = file;
    newestFirst.push({ id: file.id as FileId, name, mimetype, size, writtenAt });
  }
  return newestFirst.reverse();
}
