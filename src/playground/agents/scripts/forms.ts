import type { CustomAnswer, Script } from '../script.ts';
import { saying } from './trigger.ts';

/** A form with one field of each kind. */
export const form: Script = {
  name: 'form',
  trigger: 'form',
  shows: 'a form for you to fill in, and what came of it',
  matches: saying(['form', 'a form', 'fill in'], { maxWords: 4 }),
  async run(agent) {
    await agent.say('I can prepare the rollout, but need some facts first.');
    const answer = await agent.customTool('ask_user', { question: 'How shall I roll out checkout?', schema: ROLLOUT });
    await agent.say(answer.isError ? unanswered(answer) : `Thank you, I'll work with this:\n\n${asList(answer.text)}`);
  },
};

/** One boolean, which takes no form: two buttons. */
export const yesOrNo: Script = {
  name: 'yes or no',
  trigger: 'yes or no',
  shows: 'a question that is answered by one of two buttons',
  matches: saying(['yes or no', 'yes/no'], { maxWords: 4 }),
  async run(agent) {
    const answer = await agent.customTool('ask_user', { question: 'Shall I drain `checkout-2` now?', schema: DRAIN });
    if (answer.isError) return agent.say(unanswered(answer));
    const drain = readObject(answer.text)?.drain ?? answer.text;
    await agent.say(`You said: ${drain === true ? 'yes' : drain === false ? 'no' : drain}`);
  },
};

/** What a model may get wrong: nobody can be asked this. */
export const badInput: Script = {
  name: 'bad input',
  trigger: 'bad input',
  shows: 'a question that makes no sense: nobody is asked, the agent is told why',
  matches: saying(['bad input', 'invalid input'], { maxWords: 4 }),
  async run(agent) {
    const answer = await agent.customTool('ask_user', { question: 42, options: 'staging' });
    if (!answer.isError) return agent.say(`I asked nonsense and still was answered: ${answer.text}`);
    await agent.say(`My question made no sense, and I was told so:\n\n${quoted(answer.text)}`);
  },
};

export const unknownTool: Script = {
  name: 'unknown tool',
  trigger: 'unknown tool',
  shows: 'a custom tool that nobody has: the agent is told so and goes on',
  matches: saying(['unknown tool'], { maxWords: 4 }),
  async run(agent) {
    const answer = await agent.customTool('launch_rocket', { target: 'moon' });
    if (!answer.isError) return agent.say(`Somebody runs \`launch_rocket\` here, and it says: ${answer.text}`);
    await agent.say(`I cannot use \`launch_rocket\`, so I go on without it:\n\n${quoted(answer.text)}`);
  },
};

export function unanswered({ text }: CustomAnswer): string {
  return `I did not get an answer, so I leave it there.${text ? `\n\n${quoted(text)}` : ''}`;
}

export function quoted(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => `> ${line}`)
      // Two spaces keep the line break.
      .join('  \n')
  );
}

function asList(text: string): string {
  const answer = readObject(text);
  if (!answer) return quoted(text);
  return Object.entries(answer)
    .map(([name, value]) => `- ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // an answer in words
  }
}

const ROLLOUT = {
  type: 'object',
  properties: {
    title: { type: 'string', title: 'Title', description: 'A few words for the change log.', maxLength: 60 },
    share: { type: 'integer', title: 'Share of traffic', description: 'Percent', minimum: 1, maximum: 100 },
    environment: { type: 'string', title: 'Environment', enum: ['staging', 'production'] },
    regions: {
      type: 'array',
      title: 'Regions',
      items: { type: 'string', enum: ['eu-west', 'us-east', 'ap-south'] },
      minItems: 1,
    },
    day: { type: 'string', title: 'Day', format: 'date' },
    notify: { type: 'boolean', title: 'Tell #general' },
    notes: { type: 'string', title: 'Notes', description: 'Anything else I should know.', maxLength: 2000 },
  },
  required: ['title', 'share', 'environment', 'regions', 'day', 'notify'],
};

const DRAIN = {
  type: 'object',
  properties: { drain: { type: 'boolean', title: 'Drain checkout-2' } },
  required: ['drain'],
};
