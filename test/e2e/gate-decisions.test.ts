import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(gate = '', options: RigOptions = {}) {
  rig = await startRig({ ...options, gate });
}

const confirmations = (root: string) =>
  rig.events(root).filter(({ type, processed_at }) => type === 'user.tool_confirmation' && processed_at !== null);
const results = (root: string) =>
  new Set(confirmations(root).map(({ tool_use_id, result }) => `${String(tool_use_id)} ${String(result)}`));

async function askToDeploy(where: 'channel' | 'dm' = 'channel', who = 'Ana') {
  const channel = where === 'dm' ? rig.dm(who) : rig.channel('#ops');
  const text = where === 'dm' ? 'deploy checkout' : '@Drawbridge deploy checkout';
  const root = await rig.say(who, text, { channel });
  await rig.until('it asks', () => rig.card(channel, root, 'approve'));
  return { channel, root };
}

describe.each(['channel', 'dm'] as const)('a command that asks, in a %s', (where) => {
  it('runs once somebody has approved it, and the card says who', async () => {
    await start();
    const { channel, root } = await askToDeploy(where);
    await rig.until('it waits for people', () => rig.status(channel, root) === 'suspended');
    const card = rig.card(channel, root, 'approve');
    const shown = JSON.stringify(card?.blocks);
    expect(shown).toContain('./deploy.sh checkout --environment production');
    expect(shown).toMatch(/[0-9a-f]{64}/);
    expect(confirmations(root)).toEqual([]);

    await rig.press('Ana', 'approve', { channel, root });
    await rig.until('it goes on', () => rig.said(channel, root).includes('runs in production'));
    await rig.ended(channel, root);
    expect([...results(root)]).toEqual([expect.stringMatching(/ allow$/)]);
    const now = () => JSON.stringify(rig.thread(channel, root).find(({ ts }) => ts === card?.ts)?.blocks);
    const after = await rig.until('the card says so', () => now().includes('Approved') && now());
    expect(after).toContain(`<@${rig.user('Ana')}>`);
    expect(after).not.toContain('"button"');
    await rig.noProblems();
  });

  it('does not run when it is denied, and the agent is told why', async () => {
    await start();
    const { channel, root } = await askToDeploy(where);
    const view = await rig.press('Ana', 'deny-reason', { channel, root });
    const [block] = view?.view.blocks.filter(({ type }) => type === 'input') ?? [];
    const element = block?.element as { action_id: string };
    const { errors } = await rig.slack.act.submit({
      user: rig.user('Ana'),
      view_id: view?.id ?? '',
      values: { [block?.block_id ?? '']: { [element.action_id]: 'freeze until Monday' } },
    });
    expect(errors).toBeUndefined();
    await rig.until('the agent says why', () => rig.said(channel, root).includes('I did not deploy'));
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('freeze until Monday');
    expect(confirmations(root)[0]).toMatchObject({ result: 'deny', deny_message: expect.stringContaining('freeze') });
    await rig.noProblems();
  });
});

describe('who may decide', () => {
  it('lets any full member of the channel decide, and nobody else', async () => {
    await start();
    const { channel, root } = await askToDeploy();
    await rig.press('Gus', 'approve', { channel, root });
    await rig.until('the guest is told', () => rig.whispers('Gus', channel).join().includes('uest'));
    expect(confirmations(root)).toEqual([]);
    await rig.press('Ben', 'approve', { channel, root });
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain(`<@${rig.user('Ben')}>`);
    await rig.noProblems();
  });

  it('takes two approvals where two are asked for, and the requester’s does not count', async () => {
    await start(`
      rules:
        - name: four eyes
          match: { tool: bash }
          then: ask
          quorum: 2
          requester_may_approve: false
    `);
    const { channel, root } = await askToDeploy();
    await rig.press('Ana', 'approve', { channel, root });
    await rig.until('Ana is told', () => rig.whispers('Ana', channel).length === 1);
    await rig.press('Ben', 'approve', { channel, root });
    await rig.until('one counts', () => JSON.stringify(rig.card(channel, root, 'approve')?.blocks).includes('1 of 2'));
    await rig.press('Ben', 'approve', { channel, root });
    await rig.until('Ben is told', () => rig.whispers('Ben', channel).length > 0);
    expect(confirmations(root)).toEqual([]);
    await rig.press('Chiara', 'approve', { channel, root });
    await rig.ended(channel, root);
    expect(results(root).size).toBe(1);
    expect(rig.said(channel, root)).toContain(`<@${rig.user('Chiara')}>`);
    await rig.noProblems();
  });

  it('makes one decision of two clicks at the same moment', async () => {
    await start();
    const { channel, root } = await askToDeploy();
    const both = await Promise.allSettled([
      rig.press('Ana', 'approve', { channel, root }),
      rig.press('Ben', 'deny', { channel, root }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await rig.ended(channel, root);
    expect(results(root).size).toBe(1);
    await rig.until(
      'the other is told',
      () => rig.whispers('Ana', channel).length + rig.whispers('Ben', channel).length === 1,
    );
    expect(rig.audit().filter(({ type }) => type === 'decision')).toHaveLength(1);
    await rig.noProblems();
  });
});
