import type { Script } from '../script.ts';
import { plain } from './plain.ts';
import { saying } from './trigger.ts';

/** A hiccup that the platform handles by itself: nothing ends. */
export const retrying: Script = {
  name: 'error',
  trigger: 'error',
  shows: 'a session.error that is retried, then an answer',
  matches: saying(['error', 'an error', 'hiccup'], { maxWords: 3 }),
  async run(agent) {
    await agent.error({
      type: 'model_request_failed_error',
      message: 'The model request failed and is being retried.',
    });
    await agent.wait(1500);
    await agent.say('That took a second attempt, but here I am: the error was handled by the platform.');
  },
};

export const exhausted: Script = {
  name: 'exhausted',
  trigger: 'overloaded · exhausted',
  shows: 'a turn that fails for good; the session stays usable',
  matches: saying(['overloaded', 'exhausted', 'overload'], { maxWords: 3 }),
  async run(agent) {
    await agent.think();
    await agent.wait(800);
    await agent.exhaust({
      type: 'model_overloaded_error',
      message: 'The model is overloaded. Please try again later.',
    });
  },
};

export const mcpError: Script = {
  name: 'mcp error',
  trigger: 'mcp error',
  shows: 'an MCP server that cannot be reached, and an answer without it',
  matches: saying(['mcp error', 'mcp'], { maxWords: 3 }),
  async run(agent) {
    await agent.error({
      type: 'mcp_authentication_failed_error',
      message: "Authentication with MCP server 'linear' failed.",
      mcp_server_name: 'linear',
    });
    await agent.say("I can't reach Linear at the moment, so this is without the tickets: everything else looks fine.");
  },
};

export const refusal: Script = {
  name: 'refuse',
  trigger: 'refuse',
  shows: 'a refusal without a category',
  matches: saying(['refuse', 'refusal'], { maxWords: 3 }),
  async run(agent) {
    await agent.think();
    await agent.refuse();
  },
};

export const crash: Script = {
  name: 'crash',
  trigger: 'crash · terminate',
  shows: 'an error that ends the session',
  matches: saying(['crash', 'terminate'], { maxWords: 3 }),
  async run(agent) {
    await agent.say('This session is about to end.');
    await agent.terminate({ type: 'unknown_error', message: 'The session ended because of an unrecoverable error.' });
  },
};

export const reschedule: Script = {
  name: 'reschedule',
  trigger: 'reschedule',
  shows: 'a restart in the middle of a turn',
  matches: saying(['reschedule', 'rescheduled'], { maxWords: 3 }),
  async run(agent) {
    await agent.say('My machine is about to be replaced, one moment.');
    await agent.reschedule(2000);
    await agent.say('I was moved to another machine and go on where I was.');
  },
};

/** What a client built today has never heard of. */
export const unknownEvent: Script = {
  name: 'unknown event',
  trigger: 'unknown event',
  shows: 'an event type and a stop reason that nobody knows yet',
  matches: saying(['unknown event'], { maxWords: 3 }),
  async run(agent) {
    agent.emit('agent.telepathy', { waves: 3 });
    await plain.run(agent);
    await agent.stop({ type: 'waiting_for_moonrise' });
  },
};

/** The work stops in its middle and goes on from there. */
export const budget: Script = {
  name: 'budget',
  trigger: 'budget · spend',
  shows: 'a session that uses up its budget in the middle of its work, and goes on when it is raised',
  matches: saying(['budget', 'spend'], { maxWords: 3 }),
  async run(agent) {
    await agent.say('I count the orders of each year. This may cost more than you allow me.');
    await agent.tool('bash', { command: 'psql shop -c "select count(*) from orders_2025"' }, { output: '18211' });
    agent.spendBudget();
    await agent.tool('bash', { command: 'psql shop -c "select count(*) from orders_2026"' }, { output: '21904' });
    await agent.say('The budget was raised, so I could finish: 18,211 orders in 2025 and 21,904 in 2026.');
  },
};
