import type Anthropic from '@anthropic-ai/sdk';
import type { AgentFiles } from '../../thread/file-ports.ts';
import type { OnceOptions } from '../apply-once.ts';
import { download } from './download.ts';
import { mount } from './mount.ts';
import { listOutputs } from './outputs.ts';
import { upload } from './upload.ts';

export interface FilesWorld extends OnceOptions {
  client: Anthropic;
}

const IDLE_MS = 30_000;

/** The files of the agents API behind the hall's port. */
export function createAgentFiles({ idleMs = IDLE_MS, ...world }: FilesWorld & { idleMs?: number }): AgentFiles {
  return {
    upload: (file, signal) => upload(file, { ...world, signal }),
    mount: (session, file) => mount(session, file, world),
    outputs: (session) => listOutputs(session, world),
    download: (file, options) => download(file, { ...world, ...options, idleMs }),
  };
}
