import { join } from 'node:path';
import type { AgentSection } from './agent-schema.ts';
import type { Declarations } from './declarations.ts';
import type { Finding } from './finding.ts';

/** The API takes no longer one. */
const LONGEST_PROMPT = 100_000;

interface PromptSource {
  /** Where bridge.yaml stands: file names are relative to it. */
  folder: string;
  readFile(path: string): string;
}

/** Puts the texts of prompt files where their names stand. */
export function readPrompts(
  declared: Declarations,
  source: PromptSource,
): { declarations: Declarations; findings: Finding[] } {
  const findings: Finding[] = [];
  const agents = Object.entries(declared.agents ?? {}).map(([name, agent]): [string, AgentSection] => {
    if (typeof agent.system !== 'object') return [name, agent];
    const { file } = agent.system;
    const read = readPrompt(join(source.folder, file), source);
    if ('problem' in read) {
      findings.push({ path: ['agents', name, 'system', 'file'], key: false, message: `${file} ${read.problem}` });
      return [name, agent];
    }
    return [name, { ...agent, system: read.text }];
  });
  return { declarations: declared.agents ? { ...declared, agents: Object.fromEntries(agents) } : declared, findings };
}

function readPrompt(path: string, { readFile }: PromptSource): { text: string } | { problem: string } {
  let text: string;
  try {
    // Editors end a file with a line break that nobody means.
    text = readFile(path).replace(/\r\n/g, '\n').trimEnd();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { problem: code === 'ENOENT' ? 'is not there, looked for beside bridge.yaml' : `cannot be read (${code})` };
  }
  if (text === '') return { problem: 'is empty' };
  const { length } = text;
  return length > LONGEST_PROMPT ? { problem: `is too long: ${length} letters, and 100,000 at most` } : { text };
}
