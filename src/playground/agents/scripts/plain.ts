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
  const hello = person ? `Hello ${person}. ` : 'Hello. ';
  const asked = text === '' ? 'your message' : `“${text.length > 200 ? `${text.slice(0, 200)}…` : text}”`;
  return `${hello}You wrote ${asked}. I am the playground's scripted agent: I follow the real protocol, but my words are prepared. Type **help** to see what I can show.`;
}
