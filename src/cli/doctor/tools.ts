import { type Check, fine, type Item, problem, warning } from './item.ts';

export const tools: Check = ({ tools: loaded, agents }) => {
  if (loaded.names === null) {
    return [
      problem('tools', {
        says: loaded.refused,
        why: 'Drawbridge does not start with it.',
        todo: 'Change the file, or take it out of the folder.',
      }),
    ];
  }
  if (agents === null || agents.refused !== null) return [];
  const used = agents.agents.flatMap((agent) => agent.used ?? []);
  if (used.length === 0) return [];
  const { names, own } = loaded;
  const items: Item[] = used.flatMap(({ name: agent, customTools }) =>
    customTools.filter((tool) => !names.includes(tool)).map((tool) => withoutCode(agent, tool)),
  );
  const declared = new Set(used.flatMap(({ customTools }) => customTools));
  items.push(...own.filter((tool) => !declared.has(tool)).map(undeclared));
  if (items.length > 0) return items;
  return [fine(`Custom tools that an agent declares: ${[...declared].join(', ') || 'none'}.`)];
};

function withoutCode(agent: string, tool: string): Item {
  return problem('tool-without-code', {
    says: `The agent ${agent} declares the custom tool ${tool}, and there is no code for it.`,
    why: 'Whenever the agent uses it, it is told that it does not exist.',
    todo: 'Put a file with it into the folder that DRAWBRIDGE_TOOLS names, or take it out of the agent.',
  });
}

function undeclared(tool: string): Item {
  return warning('tool-undeclared', {
    says: `There is code for the tool ${tool}, and no agent declares it.`,
    why: 'No agent knows of it, so it never runs.',
    todo: 'Declare it in the agent, with the same name, description and schema, or take the file away.',
  });
}
