import { SessionError } from '../../thread/errors.ts';
import { type Mount, UPLOADS_FOLDER } from '../../thread/file-ports.ts';
import type { SessionId } from '../../thread/ids.ts';
import { applyOnce, type OnceOptions } from '../apply-once.ts';
import { inTime } from '../client.ts';
import { resourceOf } from '../create.ts';
import type { FilesWorld } from './agent-files.ts';

const PAGE = 1000;

/**
 * `AgentFiles.mount`. A mount whose outcome is unknown is looked for by its path, and so is one that is refused: an
 * earlier process may have made it, and then all is well.
 */
export async function mount(session: SessionId, file: Mount, options: FilesWorld): Promise<void> {
  const { client } = options;
  const log = options.log.child({ sessionId: session });
  const look = () => findMount(session, file, options);
  try {
    await applyOnce<true>(
      {
        key: `${session} mount ${file.name}`,
        subject: 'session',
        creates: 'later',
        async run() {
          const { request_id } = await inTime((signal) =>
            client.beta.sessions.resources.add(session, resourceOf(file), { signal }).withResponse(),
          );
          log.debug({ fileId: file.fileId, requestId: request_id }, 'file mounted');
          return true;
        },
        find: look,
      },
      { ...options, log },
    );
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'request') throw error;
    if (await isThere(look, { ...options, log, key: `${session} look ${file.name}` })) return;
    throw error;
  }
}

/** Rejects as unreachable when that cannot be seen now; of any other failure, the refusal says more. */
async function isThere(
  look: () => Promise<true | undefined>,
  { key, ...options }: OnceOptions & { key: string },
): Promise<boolean> {
  try {
    return await applyOnce({ key, subject: 'session', run: async () => (await look()) === true }, options);
  } catch (error) {
    if (error instanceof SessionError && error.code === 'unreachable') throw error;
    return false;
  }
}

/** The mount at the path of this file, if it holds the same: the session's copy has an id of its own. */
async function findMount(session: SessionId, file: Mount, { client, reads }: FilesWorld): Promise<true | undefined> {
  await reads.take();
  return inTime(async (signal) => {
    for await (const resource of client.beta.sessions.resources.list(session, { limit: PAGE }, { signal })) {
      if (resource.type !== 'file' || resource.mount_path !== `${UPLOADS_FOLDER}/${file.name}`) continue;
      const ids = [...new Set([resource.file_id, file.fileId])];
      const { data } = await client.beta.files.list({ ids }, { signal });
      const [one, other = one] = data;
      const isSame = data.length === ids.length && one?.size_bytes === other?.size_bytes;
      if (isSame && one?.filename === other?.filename) return true;
    }
    return undefined;
  });
}
