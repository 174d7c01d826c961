import { afterEach, describe, expect, it } from 'vitest';
import { hashInput } from '../../src/gate/audit/hash.ts';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import { APPROVE, askColour, brief, call, handler, type Rig, type RigOptions, rule, startRig, THREAD } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

const all = (verdict: 'allow' | 'deny', more: Parameters<typeof rule>[2] = {}): GateSection => ({
  rules: [rule(`all ${verdict}`, verdict, more)],
});

describe('a question', () => {
  it('without a rule is open to the members of the channel, and says exactly what will run', async () => {
    await start();
    const { id, card, answer, busy, isClosed } = await rig.ask({ input: { command: 'rm -r build', timeout: 5 } });
    expect({ answer, busy, isClosed }).toEqual({ answer: null, busy: false, isClosed: false });
    expect(card).toMatchObject({
      id,
      state: 'open',
      requesters: ['U1'],
      quorum: 1,
      audience: { users: [], groups: [], members: true, requesters: false, notRequesters: false },
      expiresAt: rig.clock.now() + 24 * 3_600_000,
      onExpiry: 'deny',
      outcome: null,
      body: {
        type: 'tool',
        tool: { kind: 'built-in', name: 'bash' },
        title: 'bash · rm -r build',
        excerpt: { format: 'text', text: 'timeout: 5\nrm -r build' },
        isCut: false,
        mustOpen: false,
        masked: 0,
        hash: hashInput({ timeout: 5, command: 'rm -r build' }),
        offersThread: false,
      },
    });
  });

  it('is the same one however often it is considered, also at once and after a restart', async () => {
    await start();
    const question = call('sevt_7');
    const [first, second] = await Promise.all([rig.gate.consider(question), rig.gate.consider(question)]);
    await rig.restart();
    const third = await rig.gate.consider(question);
    expect([second, third]).toEqual([first, first]);
    expect(brief(rig.audit)).toEqual(['question', 'verdict ask -']);
  });

  it('of another thread or another call is another one', async () => {
    await start();
    const here = await rig.gate.consider(call('sevt_7'));
    const there = await rig.gate.consider(call('sevt_7', {}, { thread: `${THREAD}9` as typeof THREAD }));
    const other = await rig.gate.consider(call('sevt_8'));
    expect(new Set([here.id, there.id, other.id]).size).toBe(3);
  });

  it('has an id that gives nothing away', async () => {
    await start();
    const { id } = await rig.ask();
    expect(id).toMatch(/^q[\w-]{22}$/);
  });

  it('has secrets masked wherever people see it, and its hash is of what runs', async () => {
    await start();
    const command = 'export PASSWORD=hunter2 && run';
    const { card, id } = await rig.ask({ input: { command } });
    expect(card?.body).toMatchObject({ masked: 1, hash: hashInput({ command }) });
    expect(JSON.stringify([card, await rig.desk.inFull(id), rig.audit])).not.toContain('hunter2');
  });

  it('with an input longer than the card is cut there, and shown in full on demand', async () => {
    await start();
    const command = `${'echo line\n'.repeat(20_000)}rm -rf /`;
    const { card, id } = await rig.ask({ input: { command } });
    expect(card?.body).toMatchObject({ isCut: true, mustOpen: true });
    expect(await rig.desk.inFull(id)).toEqual({ format: 'text', text: command });
  });

  it('names the agent thread it comes from, and the server of its tool', async () => {
    await start();
    const question = call('sevt_1', { kind: 'mcp', name: 'list', server: 'linear' });
    if (question.subject.type === 'tool') question.subject.child = 'deployer';
    const { card } = await rig.gate.consider(question);
    expect(card?.body).toMatchObject({ child: 'deployer', tool: { kind: 'mcp', name: 'list', server: 'linear' } });
  });

  it('whose input has no canonical form is denied, because nobody could know what they approve', async () => {
    await start();
    const input: Record<string, unknown> = {};
    let deep = input;
    for (let n = 0; n < 50_000; n++) {
      const next: Record<string, unknown> = {};
      deep.x = next;
      deep = next;
    }
    const standing = await rig.ask({ input });
    expect(standing).toMatchObject({ card: null, answer: { type: 'confirmation', allow: false } });
  });

  it('is not asked when the audit cannot take it: nothing is kept, and it is asked the next time', async () => {
    await start();
    rig.breakAudit(true);
    await expect(rig.gate.consider(call('sevt_1'))).rejects.toThrow('the disk is full');
    expect(await rig.gate.recall(call('sevt_1'))).toBeNull();
    rig.breakAudit(false);
    expect(await rig.gate.consider(call('sevt_1'))).toMatchObject({ card: { state: 'open' } });
  });
});

describe('the policy', () => {
  it('that allows has a call confirmed without asking anybody', async () => {
    await start({ section: all('allow') });
    for (const tool of [{}, { kind: 'mcp', name: 'list', server: 'linear' } as const]) {
      expect(await rig.ask(tool)).toMatchObject({
        card: null,
        answer: { type: 'confirmation', allow: true },
        isClosed: false,
        dueAt: null,
      });
    }
    expect(brief(rig.audit)).toEqual(Array(2).fill(['question', 'verdict allow all allow']).flat());
  });

  it('that denies tells the agent so, in the form that the call takes', async () => {
    const tools = [handler(async () => 'done')];
    await start({ section: all('deny', { reason: 'Use the staging tool.' }), tools });
    expect((await rig.ask()).answer).toEqual({
      type: 'confirmation',
      allow: false,
      message: 'Use the staging tool.',
    });
    const custom = await rig.ask({ kind: 'custom', name: 'deploy', input: { service: 'shop' } });
    expect(custom.answer).toEqual({ type: 'result', text: 'Use the staging tool.', isError: true });
    expect(custom.card).toBeNull();
  });

  it('that denies without a reason still says who does', async () => {
    await start({ section: all('deny') });
    expect((await rig.ask()).answer).toMatchObject({ message: expect.stringContaining('policy') });
  });

  it('cannot be got around by asking the question again after it was answered', async () => {
    await start({ section: all('deny') });
    const { id } = await rig.gate.consider(call('sevt_1'));
    await rig.gate.answered(id, 'accepted');
    await rig.restart(all('allow'));
    expect(await rig.gate.consider(call('sevt_1'))).toMatchObject({ answer: null, isClosed: true });
  });

  it('knows who is in the user groups that rules name, and denies and asks in doubt', async () => {
    const section = { rules: [rule('ops', 'allow', { match: { tool: '*', requester: 'S1' } })] };
    await start({ section });
    rig.people.groups.set('S1', ['U1']);
    expect((await rig.ask()).answer).toMatchObject({ allow: true });
    expect((await rig.ask({}, { requesters: ['U1', 'U2'] })).answer).toBeNull();
    rig.people.groups.delete('S1');
    expect((await rig.ask()).answer).toBeNull();
  });
});

describe('a custom tool', () => {
  it('that nobody knows gets an error that says which there are', async () => {
    await start({ tools: [handler(async () => 'done'), askColour()] });
    const standing = await rig.ask({ kind: 'custom', name: 'depoly', input: {} });
    expect(standing).toMatchObject({ card: null, answer: { type: 'result', isError: true } });
    expect(standing.answer).toMatchObject({ text: expect.stringMatching(/"depoly".*deploy, ask_colour/) });
  });

  it('with an invalid input gets an error, before anybody is asked', async () => {
    await start({ tools: [handler(async () => 'done')] });
    expect(await rig.ask({ kind: 'custom', name: 'deploy', input: { service: 7 } })).toMatchObject({
      card: null,
      answer: { type: 'result', isError: true, text: expect.stringContaining('not valid') },
    });
  });

  it('of ours asks people, or does not, as it says itself, where no rule is about it', async () => {
    const quiet = handler(async () => 'read', { name: 'read_thread', people: 'allow' });
    await start({ tools: [handler(async () => 'done'), quiet] });
    const asks = await rig.ask({ kind: 'custom', name: 'deploy', input: { service: 'shop' } });
    expect(asks).toMatchObject({ card: { state: 'open' }, busy: false });
    const runs = await rig.ask({ kind: 'custom', name: 'read_thread', input: { service: 'shop' } });
    expect(runs).toMatchObject({ card: null, busy: true, answer: null });
  });

  it('is ours only when it is called as one', async () => {
    await start({ tools: [handler(async () => 'done', { name: 'bash', people: 'allow' })] });
    expect(await rig.ask()).toMatchObject({ card: { state: 'open' }, busy: false });
  });
});

describe('a question that nobody waits for any more', () => {
  const quiet = (runs: string[]) =>
    handler(async (_, { callId }) => `read ${runs.push(callId)}`, { name: 'read_thread', people: 'allow' });
  const reading = { kind: 'custom', name: 'read_thread', input: { service: 'x' } } as const;

  it('is not begun: it is judged by nobody, and no tool runs for it', async () => {
    const runs: string[] = [];
    await start({ tools: [quiet(runs)] });
    expect(await rig.gate.recall(call('sevt_1', reading))).toBeNull();
    expect(rig.audit).toEqual([]);
    await rig.gate.consider(call('sevt_2', reading));
    expect(runs).toEqual(['sevt_2']);
  });

  it('is recalled as it stands', async () => {
    await start();
    const asked = await rig.gate.consider(call('sevt_1'));
    expect(await rig.gate.recall(call('sevt_1'))).toEqual(asked);
    rig.clock.advance(48 * 3_600_000);
    expect(await rig.gate.recall(call('sevt_1'))).toMatchObject({ answer: null, card: { state: 'open' } });
  });
});

describe('the answer', () => {
  it('closes the question once the session has it, and only the first time', async () => {
    await start();
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    expect(await rig.desk.card(asked.id)).toMatchObject({ state: 'sending', outcome: { result: 'approved' } });
    expect(await rig.gate.answered(asked.id, 'accepted')).toMatchObject({
      state: 'closed',
      outcome: { result: 'approved', by: ['U2'] },
    });
    expect(await rig.gate.answered(asked.id, 'too-late')).toMatchObject({ outcome: { result: 'approved' } });
    expect(brief(rig.audit).slice(2)).toEqual(['decision approve by U2', 'answer confirmation accepted']);
  });

  it('that came too late leaves the question moot, and still says who decided', async () => {
    await start();
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    expect(await rig.gate.answered(asked.id, 'too-late')).toMatchObject({
      state: 'closed',
      outcome: { result: 'moot', by: ['U2'] },
    });
  });

  it('of the policy closes its question without a card', async () => {
    await start({ section: all('allow') });
    const asked = await rig.gate.consider(call('sevt_1'));
    expect(await rig.gate.answered(asked.id, 'accepted')).toBeNull();
    expect(await rig.gate.consider(call('sevt_1'))).toMatchObject({ isClosed: true, answer: null, card: null });
  });

  it('is no answer before there is one, or to what is unknown', async () => {
    await start();
    const asked = await rig.ask();
    expect(await rig.gate.answered(asked.id, 'accepted')).toMatchObject({ state: 'open' });
    expect(await rig.gate.answered('q-none' as typeof asked.id, 'accepted')).toBeNull();
  });
});

describe('closing', () => {
  it.each([
    ['cancelled', 'U3', ['U3']],
    ['moot', null, []],
  ] as const)('a question as %s says so, and no click changes it', async (result, by, names) => {
    await start();
    const asked = await rig.ask();
    expect(await rig.gate.close(asked.id, { result, by })).toMatchObject({
      state: 'closed',
      outcome: { result, by: names },
    });
    expect(await rig.decide(asked, 'U2', APPROVE)).toMatchObject({
      type: 'refused',
      why: 'decided',
      outcome: { result },
    });
    expect(await rig.gate.close(asked.id, { result: 'moot', by: null })).toMatchObject({ outcome: { result } });
  });

  it('what was decided in the meantime makes the decision moot, and does not take it for a cancellation', async () => {
    await start();
    const asked = await rig.ask();
    await rig.decide(asked, 'U2', APPROVE);
    expect(await rig.gate.close(asked.id, { result: 'cancelled', by: 'U3' })).toMatchObject({
      state: 'closed',
      outcome: { result: 'moot', by: ['U2'] },
    });
    expect(brief(rig.audit).slice(2)).toEqual(['decision approve by U2', 'answer confirmation too-late']);
  });

  it('what is unknown is harmless', async () => {
    await start();
    const { id } = await rig.ask();
    expect(await rig.gate.close(`${id}x` as typeof id, { result: 'moot', by: null })).toBeNull();
  });
});

describe('the audit', () => {
  it('has the question with its hash, and by default no input', async () => {
    await start({ tools: [askColour()] });
    await rig.ask({ input: { command: 'ls' } });
    await rig.ask({ kind: 'custom', name: 'ask_colour', input: { why: 'x' } });
    const [first, , second] = rig.audit;
    expect(first).toEqual({
      at: rig.clock.now(),
      thread: THREAD,
      session: 'sesn_1',
      by: null,
      type: 'question',
      question: expect.any(String),
      subject: 'tool',
      event: 'sevt_1',
      tool: { kind: 'built-in', name: 'bash' },
      requesters: ['U1'],
      inputHash: hashInput({ command: 'ls' }),
    });
    expect(second).toMatchObject({ subject: 'form', inputHash: hashInput({ why: 'x' }) });
  });

  it('has inputs when configured, with secrets masked', async () => {
    await start({ section: { audit: { content: true } } });
    await rig.ask({ input: { command: 'PASSWORD=hunter2 ls' } });
    expect(rig.audit[0]).toMatchObject({ input: { command: 'PASSWORD=•••••• ls' } });
  });

  it.each([false, true])(
    'has what people write by its hash, and in words only when configured (%s)',
    async (content) => {
      await start({ section: { audit: { content } } });
      const message = {
        type: 'message',
        thread: THREAD,
        ts: '1700000001.000100',
        author: 'U1',
        authorTeam: 'T1',
        text: 'my token=abcdef',
        files: [],
        addressed: true,
      } as unknown as Parameters<typeof rig.gate.noted>[0];
      await rig.gate.noted(message, null);
      const stop = { type: 'stop', thread: THREAD, ts: '1700000002.000100', by: 'U2', said: true };
      await rig.gate.noted(stop as unknown as typeof message, null);
      expect(rig.audit).toEqual([
        {
          at: rig.clock.now(),
          thread: THREAD,
          session: null,
          by: 'U1',
          type: 'input',
          input: 'message',
          ts: '1700000001.000100',
          textHash: expect.stringMatching(/^[0-9a-f]{64}$/),
          ...(content ? { text: 'my token=••••••' } : {}),
        },
        expect.objectContaining({ by: 'U2', input: 'stop', textHash: null }),
      ]);
    },
  );
});
