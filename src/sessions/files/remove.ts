import { APIError } from '@anthropic-ai/sdk';
import type { FileId } from '../../thread/file-ports.ts';
import { applyOnce } from '../apply-once.ts';
import { requestDeadline } from '../client.ts';
import type { FilesWorld } from './agent-files.ts';

/**
 * `AgentFiles.remove`. One that is gone already is as good as removed. Nothing depends on it: whoever tidies up may
 * drop its rejection.
 */
export async function remove(file: FileId, options: FilesWorld): Promise<void> {
  await applyOnce(
    {
      key: `remove ${file}`,
      subject: 'file',
      async run() {
        try {
          await options.client.beta.files.delete(file, {}, { signal: requestDeadline() });
        } catch (error) {
          if (!(error instanceof APIError) || error.status !== 404) throw error;
        }
      },
    },
    options,
  );
}
