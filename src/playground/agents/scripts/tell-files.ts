import { createHash } from 'node:crypto';
import type { Script, ScriptedFiles, ScriptedTurn } from '../script.ts';
import type { BroughtFile, ShownBlock, Words } from '../words.ts';
import { describeBytes } from './describe-bytes.ts';

/** Answers a message that brings files none of the other scripts knows what to do with. */
export const files: Script = {
  name: 'files',
  trigger: 'anything with files',
  shows: 'what came: each file with its real size, and what a picture or a PDF is',
  matches: (_text, brought) => brought.length > 0,
  async run(agent) {
    await agent.think();
    await agent.say((await tellFiles(agent, agent)) ?? 'No file came with that.');
  },
};

/** What a message brings, in its own words and as it really is; null when it brings nothing. */
export async function tellFiles(
  agent: Pick<ScriptedTurn, 'session'>,
  { files: brought, shown }: Pick<Words, 'files' | 'shown'>,
): Promise<string | null> {
  const count = Math.max(brought.length, shown.length);
  if (count === 0) return null;
  const lines = await Promise.all([
    ...brought.map((file) => tellBrought(file, agent.session.files)),
    ...shown.map((block) => tellShown(block, agent.session.files)),
  ]);
  return `That came with ${count === 1 ? 'a file' : `${count} files`}:\n\n${lines.join('\n')}`;
}

async function tellBrought({ name, mimeType, size, path, unread }: BroughtFile, files: ScriptedFiles): Promise<string> {
  if (unread !== null) return `- \`${name}\` could not be read: ${unread}`;
  const told = `- \`${name}\`, ${mimeType}, ${size}, at \`${path}\``;
  const file = files.mounted().find((one) => one.path === path);
  if (!file) return `${told}, but nothing is mounted there`;
  const count = file.bytes.size.toLocaleString('en-US');
  return `${told}: ${count} bytes, SHA-256 ${(await hashOf(file.bytes)).slice(0, 12)}…`;
}

async function tellShown(block: ShownBlock, files: ScriptedFiles): Promise<string> {
  const { mimeType, bytes } = files.shown(block);
  const title = block.title ? ` \`${block.title}\`` : '';
  return `- shown as ${block.type}${title}: ${mimeType}, ${describeBytes(new Uint8Array(await bytes.arrayBuffer()))}`;
}

async function hashOf(bytes: Blob): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes.stream()) hash.update(piece);
  return hash.digest('hex');
}
