import type { Script, ScriptedTurn } from '../script.ts';

/** Answers anything, in many small deltas, and says back what was asked. */
export const plain: Script = {
  name: 'plain',
  trigger: 'anything else',
  shows: 'a plain answer that streams in small pieces',
  matches: () => true,
  async run(agent) {
    await agent.think();
    await agent.say(answerTo(agent));
  },
};

function answerTo({ person, text }: Pick<ScriptedTurn, 'person' | 'text'>): string {
  const asked = text === '' ? 'an empty message' : `“${text.length > 300 ? `${text.slice(0, 300)}…` : text}”`;
  return [
    `${person ? `Hello ${person}, ` : 'Hello, '}you wrote ${asked}.`,
    aboutIt(text),
    'I am the scripted agent of this playground: the protocol is real, my words are prepared. Type **help** to see everything I can show you, or reply here to go on.',
  ].join('\n\n');
}

function aboutIt(text: string): string {
  const words = text.split(/\s+/).filter(Boolean);
  const longest = [...words].sort((a, b) => b.length - a.length)[0]?.replace(/[^\p{L}\p{N}-]/gu, '');
  if (!longest) return 'There is nothing in it that I could look into.';
  const kind = text.trim().endsWith('?') ? 'a question' : 'a message';
  return `That is ${kind} of ${words.length} ${words.length === 1 ? 'word' : 'words'}, and the one that carries it seems to be *${longest}*. A real agent would now look into it; I only acknowledge it, piece by piece, so that you can watch an answer grow.`;
}
