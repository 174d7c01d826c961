import type { Script } from '../../src/playground/agents/script.ts';
import type { Step } from './plan.ts';

/** The agent of every thread: `load 7` makes it play what is planned for the seventh. */
export function loadScript(stepsOf: (thread: number) => readonly Step[]): Script {
  return {
    name: 'load',
    trigger: 'load N',
    shows: 'a turn of the benchmark',
    matches: (text) => NUMBER.test(text),
    async run(agent) {
      const thread = Number(NUMBER.exec(agent.text)?.[1]);
      await agent.think();
      for (const step of stepsOf(thread)) {
        if (step.do === 'say') {
          await agent.say(step.text, { chunk: step.chunk, everyMs: step.everyMs });
        } else {
          const permission = step.do === 'ask' ? 'ask' : 'allow';
          await agent.tool('bash', { command: step.command }, { permission, ms: step.ms, output: 'ok' });
        }
      }
    },
  };
}

const NUMBER = /\bload (\d+)/;
