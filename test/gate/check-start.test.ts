import { describe, expect, it } from 'vitest';
import { checkStart, PolicyError } from '../../src/gate/check-start.ts';
import { compilePolicy } from '../../src/gate/policy/compile.ts';
import type { Directory } from '../../src/thread/gate-ports.ts';
import { builtInTools } from '../../src/tools/built-in-tools.ts';
import { createTools } from '../../src/tools/registry.ts';
import { section } from './policy/setting.ts';

const tools = createTools(builtInTools());

/** A Slack with the user group S0ONCALL01, and what it was asked for. */
function slackWith(groups: Record<string, string[]> = { S0ONCALL01: ['U1'] }) {
  const asked: string[] = [];
  const unused = () => Promise.reject(new Error('nobody needs this at the start'));
  const directory: Directory = {
    person: unused,
    isMember: unused,
    find: unused,
    async group(id) {
      asked.push(id);
      const users = groups[id];
      if (!users) throw new Error('An API error occurred: no_such_subteam');
      return users;
    },
  };
  return { directory, asked };
}

async function problemsOf(yaml: string, { directory } = slackWith()): Promise<string> {
  const policy = compilePolicy(section(yaml));
  const checked = checkStart(policy, { tools, directory }).then(
    () => null,
    (error: unknown) => error,
  );
  const error = await checked;
  if (error === null) return '';
  expect(error).toBeInstanceOf(PolicyError);
  expect(error).toMatchObject({ name: 'PolicyError', code: 'policy' });
  return (error as PolicyError).message;
}

const EVERYWHERE = (group: string) => `
  groups: { oncall: [${group}] }
  defaults: { approvers: [${group}], escalate: [{ after: 10m, to: [members, ${group}] }] }
  rules:
    - { name: a, match: { tool: bash, requester: ${group} }, then: ask, approvers: [U0123, ${group}] }
    - { name: b, match: { tool: edit, requester: [U0123, ${group}] }, then: deny }
  budget: { thread: 5, raisers: [${group}] }
`;

describe('a policy at the start', () => {
  it('may be empty, and then Slack is asked nothing', async () => {
    const slack = slackWith();
    expect(await problemsOf('', slack)).toBe('');
    expect(slack.asked).toEqual([]);
  });

  it('holds when all that it names is there, and Slack is asked once for each group', async () => {
    const slack = slackWith();
    expect(await problemsOf(EVERYWHERE('S0ONCALL01'), slack)).toBe('');
    expect(slack.asked).toEqual(['S0ONCALL01']);
  });

  it('names every place of a user group that Slack does not know, and says what to do', async () => {
    const message = await problemsOf(EVERYWHERE('S0NOBODY01'));
    expect(message).toMatch(/^The policy in bridge\.yaml cannot hold:\n {2}- gate\./);
    const places = [...message.matchAll(/- (gate\.[\w.]+) names a user group that Slack does not tell of/g)].map(
      ([, place]) => place,
    );
    expect(places).toEqual([
      'gate.groups.oncall.0',
      'gate.defaults.approvers.0',
      'gate.defaults.escalate.0.to.1',
      'gate.rules.0.match.requester',
      'gate.rules.0.approvers.1',
      'gate.rules.1.match.requester.1',
      'gate.budget.raisers.0',
    ]);
    expect(message).toContain('S0NOBODY01 (An API error occurred: no_such_subteam)');
    expect(message).toContain('usergroups:read');
  });

  it('does not hold when it names a custom tool that nobody has', async () => {
    const rules = (tool: string) => `
      rules: [{ name: ours, match: { kind: custom, tool: ${tool} }, then: allow }]
    `;
    expect(await problemsOf(rules('slack_post_message'))).toBe('');
    expect(await problemsOf(rules('slack_*'))).toBe('');
    expect(await problemsOf(rules('slack_post'))).toBe(
      'The policy in bridge.yaml cannot hold:\n  - gate.rules.0.match.tool can never match: no custom tool is called so. ' +
        'There are ask_user, slack_read_thread, slack_find_user, slack_post_message',
    );
  });

  it('tells all that is wrong at once', async () => {
    const message = await problemsOf(`
      rules:
        - { name: ours, match: { kind: custom, tool: launch }, then: allow }
        - { name: theirs, match: { tool: bash }, then: ask, approvers: [S0NOBODY01] }
    `);
    expect(message.split('\n')).toHaveLength(3);
  });
});
