import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openStore } from '../../../src/store/open-store.ts';
import type {
  AgentFiles,
  Attachments,
  Fetched,
  FileId,
  Mount,
  Output,
  Unread,
  Uploads,
} from '../../../src/thread/file-ports.ts';
import { createLineages } from '../../../src/thread/files/lineage.ts';
import { type SessionId, type SlackTs, threadId } from '../../../src/thread/ids.ts';
import type { InputFile, MessageInput } from '../../../src/thread/input.ts';

export const THREAD = threadId({ team: 'T1', channel: 'C1', root: '1700000000.000100' as SlackTs });
export const SESSION = 'sesn_1' as SessionId;
export const log = pino({ level: 'silent' });

export function file(id: string, more: Partial<InputFile> = {}): InputFile {
  return {
    id,
    url: `https://files.slack.com/${id}`,
    mode: 'hosted',
    name: `${id}.csv`,
    mimetype: 'text/csv',
    size: 3,
    ...more,
  };
}

export function message(files: InputFile[], n = 1): MessageInput {
  const ts = `170000000${n}.000100` as SlackTs;
  return { type: 'message', thread: THREAD, ts, author: 'U1', authorTeam: 'T1', text: '', files, addressed: true };
}

const sha = (content: string) => createHash('sha256').update(content).digest('hex');

/** Slack and the agent's side, as far as files go, each remembering what it was asked. */
export function createWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  const store = openStore({ dataFolder: ':memory:', log });
  const done: string[] = [];
  /** By Slack's id: the content, or why there is none. */
  const contents = new Map<string, string | Unread['why']>();
  const outputs: (Output & { content: string })[] = [];
  const shared = new Set<string>();
  const failures: Partial<
    Record<'fetch' | 'upload' | 'mount' | 'outputs' | 'download' | 'send' | 'share' | 'lostShare', Error>
  > = {};
  let count = 0;

  const attempt = (what: keyof typeof failures) => {
    const failure = failures[what];
    delete failures[what];
    if (failure) throw failure;
  };

  const attachments: Attachments = {
    async fetch({ id, name, mimetype }, { maxBytes, signal }): Promise<Fetched | Unread> {
      done.push(`fetch ${id}`);
      attempt('fetch');
      await new Promise((resolve) => setTimeout(resolve, 1));
      signal.throwIfAborted();
      const content = contents.get(id ?? '') ?? 'a,b';
      if (content === 'external' || content === 'no-access') return { type: 'unread', why: content };
      if (content.length > maxBytes) return { type: 'unread', why: 'too-large' };
      const path = join(folder, `in-${id}-${count++}`);
      writeFileSync(path, content);
      return { type: 'fetched', path, name, size: content.length, sha256: sha(content), mimetype, isText: true };
    },
  };
  const agentFiles: AgentFiles = {
    async upload({ path, name }) {
      attempt('upload');
      if (!existsSync(path)) throw new Error(`${path} is gone`);
      done.push(`upload ${name}`);
      return `file_${name}` as FileId;
    },
    async mount(session: SessionId, { name }: Mount) {
      attempt('mount');
      done.push(`mount ${name} in ${session}`);
    },
    async outputs() {
      attempt('outputs');
      return outputs.map(({ content: _, ...output }) => output);
    },
    async download(id, { path }) {
      attempt('download');
      const content = outputs.find((output) => output.id === id)?.content ?? '';
      writeFileSync(path, content);
      done.push(`download ${id}`);
      return { size: content.length, sha256: sha(content) };
    },
  };
  const uploads: Uploads = {
    async send({ name }) {
      attempt('send');
      count += 1;
      done.push(`send ${name}`);
      return `F${count}-${name}`;
    },
    async share(_, { files, comment }) {
      attempt('share');
      for (const { id } of files) shared.add(id);
      done.push(`share ${files.map(({ title }) => title).join(', ')}: ${comment}`);
      attempt('lostShare');
    },
    shared: async (_, ids) => ids.filter((id) => shared.has(id)),
  };
  return {
    folder,
    done,
    contents,
    failures,
    attachments,
    agentFiles,
    uploads,
    lineages: createLineages(store.files),
    write(name: string, content: string, mimetype = 'text/csv') {
      count += 1;
      const id = `file_out${count}` as FileId;
      outputs.push({ id, name, mimetype, size: content.length, content });
    },
    left: () => readdirSync(folder),
    stop() {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
