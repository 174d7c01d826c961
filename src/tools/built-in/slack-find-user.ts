import { z } from 'zod';
import type { HandlerTool, Person } from '../../thread/gate-ports.ts';
import { defineTool } from '../define-tool.ts';

const STANDING: Record<Person['standing'], string> = {
  member: 'member of the workspace',
  guest: 'guest',
  bot: 'bot',
  outsider: 'of another organisation',
  gone: 'no longer there',
};

/** Who in the workspace is called so. */
export function slackFindUser(): HandlerTool {
  return defineTool({
    name: 'slack_find_user',
    description: 'Finds people in Slack by a name, a mention or an id, and gives their user ids. At most ten.',
    inputSchema: z.strictObject({
      query: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .meta({ description: 'A display name, a real name, a mention or an id.' }),
    }),
    people: 'allow',
    isRepeatable: true,
    async run({ query }, { directory }) {
      const found = await directory.find(query).catch((error: unknown) => {
        throw new Error('Slack cannot be asked now. Try again in a minute.', { cause: error });
      });
      if (found.length === 0) return `Nobody in the workspace is called ${JSON.stringify(query)}.`;
      return found.map(({ id, name, standing }) => `${id}: ${oneLine(name)} (${STANDING[standing]})`).join('\n');
    },
  });
}

/** People name themselves as they like. */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
