import type { Script } from '../script.ts';
import { quoted, unanswered } from './forms.ts';
import { saying } from './trigger.ts';

const FIND = /\bfind (?:user|person)\b[\s:]*(.*)/i;

export const findUser: Script = {
  name: 'find user',
  trigger: 'find user NAME',
  shows: 'somebody looked up in Slack by a custom tool',
  matches: (text) => text.split(/\s+/).length <= 6 && FIND.test(text),
  async run(agent) {
    const query = FIND.exec(agent.text)?.[1]?.trim() || 'Ben';
    const answer = await agent.customTool('slack_find_user', { query });
    await agent.say(
      answer.isError ? unanswered(answer) : `This is who I found for “${query}”:\n\n${quoted(answer.text)}`,
    );
  },
};

export const readThread: Script = {
  name: 'read thread',
  trigger: 'read thread',
  shows: 'this thread read by a custom tool',
  matches: saying(['read thread', 'read the thread', 'read this thread'], { maxWords: 6 }),
  async run(agent) {
    const answer = await agent.customTool('slack_read_thread', { limit: 20 });
    await agent.say(answer.isError ? unanswered(answer) : `This is what I read here:\n\n${quoted(answer.text)}`);
  },
};

export const postMessage: Script = {
  name: 'post message',
  trigger: 'post message',
  shows: 'a message to #general that waits for approval, posted by a custom tool',
  matches: saying(['post message', 'post a message'], { maxWords: 6 }),
  async run(agent) {
    const input = {
      channel: GENERAL,
      text: 'Checkout `4f1c2aa` goes out at **16:00**. Questions to this thread, please.',
    };
    const answer = await agent.customTool('slack_post_message', input);
    if (answer.isError) return agent.say(`Nothing was posted.${answer.text ? `\n\n${quoted(answer.text)}` : ''}`);
    await agent.say(`I posted it to #general.${answer.text ? `\n\n${quoted(answer.text)}` : ''}`);
  },
};

/** The playground's #general. */
const GENERAL = 'C0GENERAL1';
