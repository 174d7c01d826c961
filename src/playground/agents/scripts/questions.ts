import type { Script } from '../script.ts';
import { saying } from './trigger.ts';

/** A sensitive command that people must allow. */
export const approval: Script = {
  name: 'approve',
  trigger: 'approve · deploy',
  shows: 'a command that waits for approval, and what follows either decision',
  matches: saying(['approve', 'approval', 'deploy', 'roll out']),
  async run(agent) {
    await agent.say('The build is green. I need your approval before I deploy it.');
    const { allowed, denyMessage } = await agent.tool(
      'bash',
      { command: './deploy.sh checkout --environment production' },
      { permission: 'ask', ms: 2500, output: 'deployed checkout 4f1c2aa to production' },
    );
    if (allowed) return agent.say('Deployed: checkout `4f1c2aa` runs in production.');
    await agent.say(`I did not deploy${denyMessage ? `, because: ${denyMessage}` : ''}. Nothing has changed.`);
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
    const { text, isError } = await agent.customTool('ask_user', input);
    if (isError) return agent.say('I did not get an answer, so I leave it there.');
    await agent.say(`You said: ${text}. I'll work with that.`);
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

export const child: Script = {
  name: 'child',
  trigger: 'child',
  shows: "a child thread's command that waits for approval while the session runs",
  matches: saying(['child', 'child thread', 'subagent']),
  async run(agent) {
    await agent.say("I'll hand the migration to a helper agent.");
    const { allowed } = await agent.child({
      agentName: 'Migration helper',
      command: 'npm run migrate -- --dry-run',
      output: '12 migrations, 0 errors',
    });
    await agent.say(
      allowed ? 'The helper ran 12 migrations dry, without errors.' : 'The helper was not allowed to run.',
    );
  },
};
