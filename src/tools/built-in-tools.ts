import type { Tool } from '../thread/gate-ports.ts';
import { askUser } from './built-in/ask-user.ts';
import { slackFindUser } from './built-in/slack-find-user.ts';
import { slackPostMessage } from './built-in/slack-post-message.ts';
import { slackReadThread } from './built-in/slack-read-thread.ts';

/** The tools every Drawbridge has; an agent has those of them that it lists as custom tools. */
export function builtInTools(): Tool[] {
  return [askUser(), slackReadThread(), slackFindUser(), slackPostMessage()];
}
