import { afterEach, describe, expect, it } from 'vitest';
import type { HandlerTool, ToolContext } from '../../src/thread/gate-ports.ts';
import type { Standing } from '../../src/thread/question.ts';
import { door } from '../sessions/rig.ts';
import { APPROVE, brief, call, deny, HOUR, handler, type Rig, type RigOptions, rule, startRig, THREAD } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const QUESTION = call('sevt_1', { kind: 'custom', name: 'deploy', input: { service: 'shop' } });
const consider = () => rig.gate.consider(QUESTION);

/** A tool whose runs are recorded, and which ends when it is told to. */
function deploying(more: Partial<HandlerTool> = {}) {
  const runs: { input: unknown; context: ToolContext }[] = [];
  const { open, passed } = door();
  const tool = handler(async (input, context) => {
    runs.push({ input, context });
    await passed;
    return `deployed ${runs.length}`;
  }, more);
  return { tool, runs, finish: open };
}

async function start(tool: HandlerTool, options: RigOptions = {}) {
  rig = await startRig({ tools: [tool], ...options });
  return rig;
}

async function approved(): Promise<Standing> {
  await rig.decide(await consider(), 'U2', APPROVE);
  return consider();
}

/** Once the tool has ended, and its thread was woken for it. */
async function ended(): Promise<Standing> {
  const before = rig.woken.length;
  while (rig.woken.length === before) await new Promise((resolve) => setImmediate(resolve));
  return consider();
}

describe('a tool of ours that people approve', () => {
  it('runs once, beside everything else, and its result is the answer', async () => {
    const { tool, runs, finish } = deploying();
    await start(tool);
    const asked = await consider();
    expect(runs).toEqual([]);
    await rig.decide(asked, 'U2', APPROVE);
    expect(runs).toEqual([]);
    const standings = await Promise.all([consider(), consider(), consider()]);
    for (const standing of standings) expect(standing).toMatchObject({ busy: true, answer: null, isClosed: false });
    expect(await rig.desk.card(asked.id)).toMatchObject({ state: 'sending', outcome: { result: 'approved' } });
    finish();
    expect(await ended()).toMatchObject({
      busy: false,
      answer: { type: 'result', text: 'deployed 1', isError: false },
      card: { state: 'sending', outcome: { result: 'approved', by: ['U2'] } },
    });
    expect(rig.woken.at(-1)).toBe(THREAD);
    await consider();
    expect(runs).toMatchObject([
      { input: { service: 'shop' }, context: { thread: THREAD, callId: 'sevt_1', requesters: ['U1'] } },
    ]);
  });

  it('that is denied does not run', async () => {
    const { tool, runs } = deploying();
    await start(tool);
    await rig.decide(await consider(), 'U2', deny());
    expect(await consider()).toMatchObject({ busy: false, answer: { isError: true } });
    expect(runs).toEqual([]);
  });

  it('runs for the rest of the thread when that is what was approved', async () => {
    const { tool, runs, finish } = deploying();
    await start(tool, { section: { rules: [rule('deploy', 'ask', { for_thread: true })] } });
    finish();
    const asked = await consider();
    await rig.decide(asked, 'U2', { type: 'approve', forThread: true });
    await consider();
    await ended();
    await rig.gate.answered(asked.id, 'accepted');
    const next = call('sevt_2', { kind: 'custom', name: 'deploy', input: { service: 'api' } });
    expect(await rig.gate.consider(next)).toMatchObject({ card: null, busy: true });
    expect(runs).toHaveLength(2);
  });
});

describe('a tool of ours', () => {
  it('runs without asking where it may, and nobody sees a card', async () => {
    const { tool, runs, finish } = deploying({ people: 'allow' });
    await start(tool);
    expect(await consider()).toMatchObject({ card: null, busy: true });
    finish();
    expect(await ended()).toMatchObject({ card: null, answer: { type: 'result', text: 'deployed 1' } });
    expect(runs).toHaveLength(1);
    expect(brief(rig.audit)).toEqual(['question', 'verdict allow -']);
  });

  it.each([
    ['throws', async () => Promise.reject(new Error('The service is unknown.')), 'The service is unknown.'],
    ['throws nothing to read', async () => Promise.reject(new Error('')), 'deploy failed.'],
    [
      'throws at once',
      () => {
        throw new Error('No.');
      },
      'No.',
    ],
  ] as [string, HandlerTool['run'], string][])('that %s gives an error result', async (_, run, text) => {
    await start(handler(run, { people: 'allow' }));
    await consider();
    expect(await ended()).toMatchObject({ answer: { type: 'result', text, isError: true } });
  });

  it('that does not end in its time gives an error result, and is told to stop', async () => {
    const { tool, runs } = deploying({ people: 'allow', timeoutMs: 5_000 });
    await start(tool);
    await consider();
    rig.clock.advance(4_999);
    expect(await consider()).toMatchObject({ busy: true });
    rig.clock.advance(1);
    expect(await ended()).toMatchObject({
      busy: false,
      answer: { type: 'result', text: 'deploy did not finish within 5 s.', isError: true },
    });
    expect(runs[0]?.context.signal.aborted).toBe(true);
  });

  it('with nothing to say says so, and a result that is too long is cut', async () => {
    const say = async (input: unknown) =>
      (input as { service: string }).service === 'none' ? '' : 'x'.repeat(200_000);
    await start(handler(say, { people: 'allow' }));
    await consider();
    const { answer } = await ended();
    expect(answer).toMatchObject({ isError: false, text: expect.stringMatching(/^x{100000}\n\[cut/) });
    const quiet = call('sevt_2', { kind: 'custom', name: 'deploy', input: { service: 'none' } });
    await rig.gate.consider(quiet);
    await ended();
    expect((await rig.gate.consider(quiet)).answer).toMatchObject({ text: '(no output)' });
  });

  it('is stopped when its question is closed, and what it still says is of no concern', async () => {
    const { tool, runs, finish } = deploying({ people: 'allow' });
    await start(tool);
    const { id } = await consider();
    expect(await rig.gate.close(id, { result: 'cancelled', by: 'U1' })).toBeNull();
    expect(runs[0]?.context.signal.aborted).toBe(true);
    finish();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await consider()).toMatchObject({ isClosed: true, answer: null, busy: false });
    expect(rig.woken).toEqual([]);
  });

  it('that people approved is shown as cancelled when a stop came first', async () => {
    const { tool } = deploying();
    await start(tool);
    const { id } = await approved();
    expect(await rig.gate.close(id, { result: 'cancelled', by: 'U3' })).toMatchObject({
      state: 'closed',
      approvals: [{ by: 'U2' }],
      outcome: { result: 'cancelled', by: ['U3'] },
    });
  });

  it('is not begun for a question that is only recalled', async () => {
    const { tool, runs } = deploying();
    await start(tool);
    await rig.decide(await consider(), 'U2', APPROVE);
    expect(await rig.gate.recall(QUESTION)).toMatchObject({ busy: true, answer: null });
    expect(runs).toEqual([]);
  });

  it('does not make a question expire that is approved', async () => {
    const { tool, finish } = deploying({ timeoutMs: 72 * HOUR });
    await start(tool);
    await approved();
    rig.clock.advance(48 * HOUR);
    expect(await consider()).toMatchObject({ busy: true, answer: null });
    finish();
    expect(await ended()).toMatchObject({ answer: { isError: false } });
  });
});

describe('a process that ends while a tool of ours runs', () => {
  it('does not run it again, and the agent is told that nobody knows', async () => {
    const { tool, runs } = deploying();
    await start(tool);
    await approved();
    await rig.restart();
    expect(runs[0]?.context.signal.aborted).toBe(true);
    expect(await consider()).toMatchObject({
      busy: false,
      answer: { type: 'result', isError: true, text: expect.stringContaining('restarted while this ran') },
    });
    expect(runs).toHaveLength(1);
  });

  it('has it run again when that does no harm, under the same name', async () => {
    const { tool, runs, finish } = deploying({ isRepeatable: true });
    await start(tool);
    await approved();
    await rig.restart();
    expect(await consider()).toMatchObject({ busy: true });
    finish();
    expect(await ended()).toMatchObject({ answer: { text: 'deployed 2', isError: false } });
    expect(runs.map(({ context }) => context.callId)).toEqual(['sevt_1', 'sevt_1']);
  });

  it('has it run when it was approved and had not begun', async () => {
    const { tool, runs } = deploying();
    await start(tool);
    await rig.decide(await consider(), 'U2', APPROVE);
    await rig.restart();
    expect(await consider()).toMatchObject({ busy: true });
    expect(runs).toHaveLength(1);
  });

  it('says so when the tool is not there any more', async () => {
    const { tool, runs } = deploying();
    await start(tool);
    await rig.decide(await consider(), 'U2', APPROVE);
    await rig.restart({}, []);
    expect(await consider()).toMatchObject({
      answer: { type: 'result', isError: true, text: 'There is no tool called deploy here any more.' },
    });
    expect(runs).toEqual([]);
  });

  it('keeps the result that was there before', async () => {
    const { tool, runs, finish } = deploying();
    await start(tool);
    await approved();
    finish();
    await ended();
    await rig.restart();
    expect(await consider()).toMatchObject({ answer: { text: 'deployed 1' } });
    expect(runs).toHaveLength(1);
  });

  it('waits only a moment for one that does not listen', async () => {
    await start(handler(() => new Promise(() => {}), { people: 'allow' }));
    await consider();
    let isStopped = false;
    const stopping = rig.restart().then(() => {
      isStopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    rig.clock.advance(2_000);
    await stopping;
    expect(isStopped).toBe(true);
  });
});
