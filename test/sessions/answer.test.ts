import { afterEach, describe, expect, it } from 'vitest';
import type { Script, ScriptedTurn, ToolOutcome } from '../../src/playground/agents/script.ts';
import { type SessionId, sessionId } from '../../src/thread/ids.ts';
import type { CallAnswer } from '../../src/thread/ports.ts';
import { eventually, message, type Rig, type RigOptions, script, startRig } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig(options);
  return rig;
}
afterEach(() => rig.stop());

const ALLOW: CallAnswer = { type: 'confirmation', allow: true };
const deny = (words: string): CallAnswer => ({ type: 'confirmation', allow: false, message: words });
const result = (text: string, isError = false): CallAnswer => ({ type: 'result', text, isError });

/** A session whose agent has asked, and the calls it asks about. */
async function asking(run: Script['run'], options: RigOptions = {}): Promise<{ session: SessionId; calls: string[] }> {
  await start({ ...options, scripts: [script(run)] });
  const session = await rig.open();
  await rig.sessions.send(session, message('go on'));
  await eventually(() => expect(rig.record(session).status).toBe('idle'));
  const calls = rig.record(session).events.filter(({ type }) => type.endsWith('tool_use'));
  return { session, calls: calls.map(({ id }) => String(id)) };
}

const askToRun = (outcomes: ToolOutcome[] = []) => {
  return async (agent: ScriptedTurn) => {
    outcomes.push(await agent.tool('bash', { command: 'npm test' }, { permission: 'ask' }));
  };
};
const askForResult = async (agent: ScriptedTurn) => void (await agent.customTool('ask_user', { question: 'Which?' }));

function listed(session: SessionId, type: string) {
  return rig.record(session).events.filter((event) => event.type === type);
}

const sent = () => rig.server.records().requests['events.send'] ?? 0;

describe('an answer', () => {
  it('that allows has the tool run', async () => {
    const outcomes: ToolOutcome[] = [];
    const { session, calls } = await asking(askToRun(outcomes));
    expect(await rig.sessions.answer(session, calls[0] ?? '', ALLOW)).toBe('accepted');
    await eventually(() => expect(outcomes).toEqual([{ allowed: true }]));
    const [confirmation] = listed(session, 'user.tool_confirmation');
    expect(confirmation).toMatchObject({ tool_use_id: calls[0], result: 'allow' });
    expect(confirmation).not.toHaveProperty('deny_message');
  });

  it('that denies tells the agent why', async () => {
    const outcomes: ToolOutcome[] = [];
    const { session, calls } = await asking(askToRun(outcomes));
    expect(await rig.sessions.answer(session, calls[0] ?? '', deny('Denied by Ana (U1): not on a Friday'))).toBe(
      'accepted',
    );
    await eventually(() =>
      expect(outcomes).toEqual([{ allowed: false, denyMessage: 'Denied by Ana (U1): not on a Friday' }]),
    );
  });

  it('that is the result of a custom tool reaches the agent as text, and as an error when it is one', async () => {
    const { session, calls } = await asking(async (agent) => {
      await agent.customTools([
        { name: 'ask_user', input: {} },
        { name: 'slack_read_thread', input: {} },
      ]);
    });
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
    expect(await rig.sessions.answer(session, calls[1] ?? '', result('It failed.', true))).toBe('accepted');
    expect(listed(session, 'user.custom_tool_result')).toMatchObject([
      { custom_tool_use_id: calls[0], content: [{ type: 'text', text: 'main' }], is_error: false },
      { custom_tool_use_id: calls[1], content: [{ type: 'text', text: 'It failed.' }], is_error: true },
    ]);
  });
});

describe('an answer whose outcome is unknown', () => {
  it.each(['reset', 'error'] as const)('was stored (%s) and is given once', async (how) => {
    const { session, calls } = await asking(askForResult);
    rig.server.faults.apply({ eventsSendStored: { answer: how } });
    const before = sent();
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
    expect(listed(session, 'user.custom_tool_result')).toHaveLength(1);
    expect(sent() - before).toBe(1);
  });

  it('is found on the second look when the list lags', async () => {
    const { session, calls } = await asking(askToRun());
    rig.server.faults.apply({ eventsSendStored: { answer: 'reset' }, listLagMs: 1_500 });
    expect(await rig.sessions.answer(session, calls[0] ?? '', ALLOW)).toBe('accepted');
    expect(listed(session, 'user.tool_confirmation')).toHaveLength(1);
  });

  it('was not stored and is given again', async () => {
    const { session, calls } = await asking(askForResult);
    rig.server.faults.failNext('events.send', { status: 500 });
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
    expect(listed(session, 'user.custom_tool_result')).toHaveLength(1);
  });

  it('is settled by a later call when the look itself failed', async () => {
    const { session, calls } = await asking(askForResult, { speed: 200 });
    rig.server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    rig.server.faults.failNext('events.list', { status: 503, times: 1_000_000 });
    await expect(rig.sessions.answer(session, calls[0] ?? '', result('main'))).rejects.toMatchObject({
      code: 'unreachable',
    });
    rig.server.faults.clear();
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
    expect(listed(session, 'user.custom_tool_result')).toHaveLength(1);
  });

  it('is too late when somebody else was quicker', async () => {
    const { session, calls } = await asking(askForResult);
    await rig.another({}).answer(session, calls[0] ?? '', result('theirs'));
    rig.server.faults.failNext('events.send', { status: 500 });
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('ours'))).toBe('too-late');
  });
});

describe('a second answer', () => {
  it('that is the same is accepted, also by another process', async () => {
    const { session, calls } = await asking(askForResult);
    for (const sessions of [rig.sessions, rig.sessions, rig.another({})]) {
      expect(await sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
    }
    expect(listed(session, 'user.custom_tool_result')).toHaveLength(1);
  });

  it.each([
    ['another text', result('other')],
    ['an error', result('main', true)],
  ])('that is %s is too late', async (_, other) => {
    const { session, calls } = await asking(askForResult);
    await rig.sessions.answer(session, calls[0] ?? '', result('main'));
    expect(await rig.sessions.answer(session, calls[0] ?? '', other)).toBe('too-late');
  });

  it('is known as such although the list lags', async () => {
    const { session, calls } = await asking(askForResult);
    await rig.sessions.answer(session, calls[0] ?? '', result('main'));
    rig.server.faults.apply({ listLagMs: 1_500 });
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
  });

  it('of a tool is harmless: the first one counts, whatever was confirmed after it', async () => {
    const outcomes: ToolOutcome[] = [];
    const { session, calls } = await asking(askToRun(outcomes));
    expect(await rig.sessions.answer(session, calls[0] ?? '', deny('no'))).toBe('accepted');
    await eventually(() => expect(outcomes).toEqual([{ allowed: false, denyMessage: 'no' }]));
    await rig.another({}).answer(session, calls[0] ?? '', ALLOW);
    // A doubt has the history looked at, where both confirmations stand.
    rig.server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    expect(await rig.another({}).answer(session, calls[0] ?? '', ALLOW)).toBe('too-late');
    rig.server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    expect(await rig.another({}).answer(session, calls[0] ?? '', deny('no'))).toBe('accepted');
    expect(outcomes).toHaveLength(1);
  });
});

describe('an answer to a call that is closed', () => {
  it('by an interrupt is too late when it is a result', async () => {
    const { session, calls } = await asking(askForResult);
    await rig.sessions.interrupt(session);
    await eventually(() => expect(listed(session, 'user.custom_tool_result')).toHaveLength(1));
    expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('too-late');
  });

  it('by an interrupt is too late when a doubt has the history looked at', async () => {
    const { session, calls } = await asking(askToRun());
    await rig.sessions.interrupt(session);
    await eventually(() => expect(listed(session, 'agent.tool_result')).toHaveLength(1));
    rig.server.faults.apply({ eventsSendStored: { answer: 'reset' } });
    expect(await rig.sessions.answer(session, calls[0] ?? '', ALLOW)).toBe('too-late');
  });
});

describe('an answer that is refused', () => {
  it.each([
    ['a confirmation', ALLOW],
    ['a result', result('main')],
  ])('because nothing was asked under this id says request (%s)', async (_, given) => {
    const { session } = await asking(askForResult);
    await expect(rig.sessions.answer(session, 'sevt_none', given)).rejects.toMatchObject({
      name: 'SessionError',
      code: 'request',
    });
  });

  it('while the history cannot be read either says why it was refused', async () => {
    const { session } = await asking(askForResult);
    rig.server.faults.failNext('events.list', { status: 503, times: 9 });
    await expect(rig.sessions.answer(session, 'sevt_none', ALLOW)).rejects.toMatchObject({
      name: 'SessionError',
      code: 'request',
    });
  });

  it('because the session is gone says gone', async () => {
    const { session, calls } = await asking(askForResult);
    await expect(rig.sessions.answer(sessionId('sesn_none'), calls[0] ?? '', ALLOW)).rejects.toMatchObject({
      code: 'gone',
    });
    await rig.api.beta.sessions.archive(session);
    await expect(rig.sessions.answer(session, calls[0] ?? '', result('main'))).rejects.toMatchObject({ code: 'gone' });
  });
});

it('finds its call behind everything that came after it', async () => {
  const { session, calls } = await asking(async (agent) => {
    await agent.customTool('ask_user', { question: 'first' });
    for (let n = 0; n < 60; n++) await agent.tool('bash', { command: `echo ${n}` }, { permission: 'allow', ms: 0 });
  });
  await rig.sessions.answer(session, calls[0] ?? '', result('main'));
  await eventually(() => expect(listed(session, 'agent.tool_result')).toHaveLength(60));
  expect(await rig.sessions.answer(session, calls[0] ?? '', result('main'))).toBe('accepted');
  expect(await rig.sessions.answer(session, calls[0] ?? '', result('other'))).toBe('too-late');
});
