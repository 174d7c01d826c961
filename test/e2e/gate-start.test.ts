import { expect, it } from 'vitest';
import { startRig } from './rig.ts';

const refusal = (gate: string) =>
  startRig({ gate }).then(
    async (rig) => {
      await rig.stop();
      return null;
    },
    (error: unknown) => error,
  );

it('does not start with a policy that names a user group Slack does not know, or a tool nobody has', async () => {
  expect(await refusal('defaults: { approvers: [S0ONCALL01] }')).toBeNull();
  const error = await refusal(`
    defaults: { approvers: [S0NOBODY01] }
    rules: [{ name: ours, match: { kind: custom, tool: launch_rocket }, then: allow }]
  `);
  expect(error).toMatchObject({ name: 'PolicyError', code: 'policy' });
  const { message } = error as Error;
  expect(message).toContain('gate.defaults.approvers.0 names a user group that Slack does not tell of: S0NOBODY01');
  expect(message).toContain('gate.rules.0.match.tool can never match: no custom tool is called so');
});
