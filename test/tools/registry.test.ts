import { expect, it } from 'vitest';
import { builtInTools } from '../../src/tools/built-in-tools.ts';
import { createTools } from '../../src/tools/registry.ts';
import { ToolError } from '../../src/tools/tool-error.ts';

it('tools are found by their names', () => {
  const tools = createTools(builtInTools());
  expect(tools.names()).toEqual(['ask_user', 'slack_read_thread', 'slack_find_user', 'slack_post_message']);
  expect(tools.find('ask_user')?.type).toBe('person');
  expect(tools.find('toString')).toBeUndefined();
});

it('two tools of one name do not start', () => {
  const twice = () => createTools([...builtInTools(), ...builtInTools()]);
  expect(twice).toThrow(ToolError);
  expect(twice).toThrow(/ask_user/);
});
