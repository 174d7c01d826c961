import type { Script } from '../script.ts';

/** Lists what can be typed; the list itself is the catalogue's. */
export function createHelp(scripts: () => Script[]): Script {
  return {
    name: 'help',
    trigger: 'help',
    shows: 'this list',
    matches: (text) => /^\W*(?:help|commands|what can you do)\W*$/i.test(text),
    async run(agent) {
      const rows = scripts().map(({ trigger, shows }) => `- **${trigger}**: ${shows}`);
      await agent.say(`Type any of these:\n\n${rows.join('\n')}`, { chunk: 60, everyMs: 20 });
    },
  };
}
