/** The agent that stands ready in the playground, with the custom tools that a bridge is expected to run. */
export const READY_AGENT = {
  name: 'Playground agent',
  model: 'claude-opus-5',
  system: 'You answer in Slack threads. Your words come from scripts.',
  tools: [
    { type: 'agent_toolset_20260401' },
    {
      type: 'custom',
      name: 'ask_user',
      description: 'Asks a person a question, or to fill in a form, and gives back what they answer.',
      input_schema: {
        type: 'object',
        properties: {
          question: { type: 'string' },
          options: { type: 'array', items: { type: 'string' }, description: 'One of these is the answer.' },
          schema: { type: 'object', description: 'JSON Schema of the answer, for a form.' },
          person: { type: 'string', description: 'Who is asked; whoever started the turn when left out.' },
        },
        required: ['question'],
      },
    },
    {
      type: 'custom',
      name: 'slack_read_thread',
      description: 'Gives the newest messages of the Slack thread, oldest first.',
      input_schema: { type: 'object', properties: { limit: { type: 'integer', minimum: 1, maximum: 200 } } },
    },
    {
      type: 'custom',
      name: 'slack_find_user',
      description: 'Finds people of the Slack workspace by name.',
      input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    },
    {
      type: 'custom',
      name: 'slack_post_message',
      description: 'Posts a message to a Slack channel.',
      input_schema: {
        type: 'object',
        properties: { channel: { type: 'string' }, text: { type: 'string' } },
        required: ['channel', 'text'],
      },
    },
  ],
};
