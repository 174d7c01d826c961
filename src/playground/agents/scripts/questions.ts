import type { Script } from '../script.ts';
import { unanswered } from './forms.ts';
import { because } from './sensitive.ts';
import { saying } from './trigger.ts';

/** A sensitive command that people must allow. */
export const approval: Script = {
  name: 'approve',
  trigger: 'approve · deploy',
  shows: 'a command that waits for approval, and what follows either decision',
  matches: saying(['approve', 'approval', 'deploy', 'roll out']),
  async run(agent) {
    await agent.say('The build is green. I need your approval before I deploy it.');
    const outcome = await agent.tool(
      'bash',
      { command: './deploy.sh checkout --environment production' },
      { permission: 'ask', ms: 2500, output: 'deployed checkout 4f1c2aa to production' },
    );
    if (outcome.allowed) return agent.say('Deployed: checkout `4f1c2aa` runs in production.');
    await agent.say(`I did not deploy${because(outcome)}. Nothing has changed.`);
  },
};

/** A custom tool: the bridge asks a person and sends the answer back. */
export const question: Script = {
  name: 'ask me',
  trigger: 'ask me',
  shows: 'a question to you through a custom tool',
  matches: saying(['ask me', 'ask us']),
  async run(agent) {
    const input = { question: 'Which environment should I look at?', options: ['staging', 'production'] };
    const answer = await agent.customTool('ask_user', input);
    await agent.say(answer.isError ? unanswered(answer) : `You said: ${answer.text}. I'll work with that.`);
  },
};

const MANY = /\bmany questions(?:\s+(\d+))?/i;

export const manyQuestions: Script = {
  name: 'many questions',
  trigger: 'many questions N',
  shows: 'N questions at once (seven unless told), listed five at a time',
  matches: (text) => MANY.test(text),
  async run(agent) {
    const count = Math.min(20, Number(MANY.exec(agent.text)?.[1] ?? 7));
    const calls = Array.from({ length: count }, (_, index) => ({
      name: 'ask_user',
      input: { question: `Question ${index + 1} of ${count}: go on?` },
    }));
    const answers = await agent.customTools(calls);
    const lines = answers.map(({ text, isError }, index) => `${index + 1}. ${isError ? 'no answer' : text}`);
    await agent.say(`All ${count} are answered:\n\n${lines.join('\n')}`);
  },
};

const COUNTS: Record<string, number> = { two: 2, three: 3, five: 5, ten: 10, twelve: 12, twenty: 20 };
const AT_ONCE = new RegExp(`\\b(\\d{1,2}|${Object.keys(COUNTS).join('|')}) at once\\b`, 'i');
const SERVICES = ['checkout', 'basket', 'search', 'payments', 'catalogue', 'accounts', 'shipping'];

/** Several commands that must be allowed, decided one by one or all together. */
export const atOnce: Script = {
  name: 'at once',
  trigger: 'two at once · N at once',
  shows: 'N commands that wait for approval together, each with its own outcome',
  matches: (text) => text.split(/\s+/).length <= 6 && AT_ONCE.test(text),
  async run(agent) {
    const asked = AT_ONCE.exec(agent.text)?.[1]?.toLowerCase() ?? 'two';
    const count = Math.max(1, Math.min(20, COUNTS[asked] ?? Number(asked)));
    const services = Array.from({ length: count }, (_, index) => serviceName(index));
    const outcomes = await agent.tools(
      services.map((service) => ({
        name: 'bash',
        input: { command: `kubectl rollout restart deploy/${service}` },
        options: { permission: 'ask', ms: 300, output: `deployment.apps/${service} restarted` },
      })),
    );
    const lines = outcomes.map(
      (outcome, index) =>
        `- \`${services[index]}\`: ${outcome.allowed ? 'restarted' : `left alone${because(outcome)}`}`,
    );
    await agent.say(`All ${count} are decided:\n\n${lines.join('\n')}`);
  },
};

function serviceName(index: number): string {
  const round = Math.floor(index / SERVICES.length);
  return `${SERVICES[index % SERVICES.length]}${round === 0 ? '' : `-${round + 1}`}`;
}

export const child: Script = {
  name: 'child',
  trigger: 'child',
  shows: "a child thread's command that waits for approval while the session runs",
  matches: saying(['child', 'child thread', 'subagent']),
  async run(agent) {
    await agent.say("I'll hand the migration to a helper agent.");
    const outcome = await agent.child({
      agentName: 'Migration helper',
      command: 'npm run migrate -- --dry-run',
      output: '12 migrations, 0 errors',
    });
    await agent.say(
      outcome.allowed
        ? 'The helper ran 12 migrations dry, without errors.'
        : `The helper was not allowed to run${because(outcome)}.`,
    );
  },
};
