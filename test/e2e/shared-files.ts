import type { PostFile } from '../../src/playground/page/contract.ts';
import type { Rig } from './rig.ts';
import { textsOf } from './words.ts';

/** A file as a person shares it. */
export function file(
  name: string,
  content: string | Buffer = `this is ${name}\n`,
  more: Partial<PostFile> = {},
): PostFile {
  return { name, base64: Buffer.from(content).toString('base64'), ...more };
}

/** One transparent pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const PDF = '%PDF-1.4\n1 0 obj << /Type /Page >> endobj\n%%EOF\n';
export const CSV = 'region,orders\nnorth,10\nsouth,30\n';

interface Block {
  type: string;
  text?: string;
  title?: string;
}

/** The messages that a thread's sessions got, oldest first: the words with a line for each file, and what is shown. */
export function told(rig: Rig, root: string): { words: string; lines: string[]; shown: string[] }[] {
  return rig
    .events(root)
    .filter(({ type }) => type === 'user.message')
    .map(({ content }) => {
      const blocks = content as Block[];
      const texts = blocks.flatMap(({ text }) => (text === undefined ? [] : [text]));
      const all = (texts.at(-1) ?? '').split('\n');
      return {
        words: all.filter((line) => !line.startsWith('[file: ')).join('\n'),
        lines: all.filter((line) => line.startsWith('[file: ')),
        shown: blocks.flatMap(({ type, title }) => (type === 'text' ? [] : title ? [`${type} ${title}`] : [type])),
      };
    });
}

/** What people read of ours in a thread, a message each. */
export function read(rig: Rig, channel: string, root: string): string[] {
  return rig
    .thread(channel, root)
    .filter(({ user }) => user === rig.slack.botUserId)
    .map(({ text, blocks }) => (blocks ? textsOf(blocks) : text));
}

/** Our messages with files in a thread: their words, and the names of their files. */
export function given(rig: Rig, channel: string, root: string): { words: string; names: string[] }[] {
  return rig
    .thread(channel, root)
    .filter(({ user, files }) => user === rig.slack.botUserId && files?.length)
    .map(({ text, files = [] }) => ({ words: text, names: files.map(({ name }) => name) }));
}
