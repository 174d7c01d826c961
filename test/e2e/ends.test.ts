import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

async function answersAgain({ channel, root }: { channel: string; root: string }) {
  await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');
  await rig.say('Ana', 'and now something else?', { channel, thread: root });
  await rig.until('the next answer', () => rig.said(channel, root).includes('something else?'));
}

describe('a turn that does not end well', () => {
  it('goes on through an error that the API retries by itself', async () => {
    const { channel, root } = await rig.ask('error');
    await rig.until('the end', () => rig.said(channel, root).includes('list price'));
    expect(rig.said(channel, root)).not.toMatch(/failed|went wrong/i);
  });

  it('says that the agent gave up, and is ready for the next message', async () => {
    const where = await rig.ask('overloaded');
    await rig.until('a sentence', () => rig.said(where.channel, where.root).includes('again'));
    await answersAgain(where);
  });

  it('names the MCP server that must be reconnected, and shows the answer all the same', async () => {
    const { channel, root } = await rig.ask('mcp error');
    await rig.ended(channel, root);
    expect(rig.said(channel, root)).toContain('linear');
  });

  it('tells of a refusal politely', async () => {
    const where = await rig.ask('refuse');
    await rig.until('a sentence', () => /declin|refus|can.t help/i.test(rig.said(where.channel, where.root)));
    await answersAgain(where);
  });

  it('tells that the budget is used up', async () => {
    const { channel, root } = await rig.ask('budget');
    await rig.until('it waits for people', () => rig.status(channel, root) === 'suspended');
    await rig.press('Ana', 'leave', { channel, root });
    await rig.until('a sentence', () => rig.said(channel, root).includes('used up its budget'));
    await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');
  });

  it('goes on through a reschedule and through events it does not know', async () => {
    const first = await rig.ask('reschedule');
    await rig.ended(first.channel, first.root);
    const second = await rig.ask('unknown event');
    await rig.until('the end', () => rig.status(second.channel, second.root) === 'active');
  });

  it('starts a new session in the same thread after the old one was terminated, and says so', async () => {
    const { channel, root } = await rig.ask('crash');
    await rig.until(
      'a sentence',
      () => /session/i.test(rig.said(channel, root)) && rig.status(channel, root) === 'active',
    );
    await rig.say('Ana', 'what about the invoices?', { channel, thread: root });
    await rig.until('the next answer', () => rig.said(channel, root).includes('what about the invoices?'));
    expect(rig.agents.records().sessions).toHaveLength(2);
    expect(rig.said(channel, root)).toContain('started a new one');
    expect(rig.userMessages().at(-1)?.text).toContain('untrusted background');
  });
});

describe('a session that ended behind our back', () => {
  it.each(['archive', 'delete'] as const)('is replaced after an %s', async (how) => {
    const { channel, root } = await rig.ask('first thing');
    await rig.ended(channel, root);
    const [session] = rig.agents.records().sessions;
    await rig.until('the session is idle', () => rig.agents.records().sessions[0]?.status === 'idle');
    await endSession(session?.id ?? '', how);
    await rig.say('Ana', 'second thing', { channel, thread: root });
    await rig.until('the next answer', () => rig.said(channel, root).includes('second thing'));
    await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');
    expect(rig.agents.records().sessions).toHaveLength(2);
    expect(rig.said(channel, root)).toContain('started a new one');
  });

  async function endSession(id: string, how: 'archive' | 'delete') {
    const response = await fetch(`${rig.agents.url}/v1/sessions/${id}${how === 'archive' ? '/archive' : ''}`, {
      method: how === 'archive' ? 'POST' : 'DELETE',
      headers: { 'x-api-key': rig.agents.apiKey, 'anthropic-beta': 'managed-agents-2026-04-01' },
    });
    expect(response.status).toBe(200);
  }
});

describe('a question, until it can be answered from Slack', () => {
  it('says what the agent waits for, holds messages, and sends them when the request was cancelled', async () => {
    const { channel, root } = await rig.ask('deploy');
    await rig.until('it says so', () => rig.status(channel, root) === 'suspended');
    await rig.until('it names the call', () => rig.said(channel, root).includes('bash · '));
    await rig.say('Ana', 'did you hear me?', { channel, thread: root });
    await rig.until('it is shown as held', () => /hold/i.test(rig.said(channel, root)));
    expect(rig.userMessages()).toHaveLength(1);
    await rig.say('Ana', 'stop', { channel, thread: root });
    await rig.until('it is sent', () => rig.userMessages().length === 2);
    await rig.until('it is answered', () => rig.said(channel, root).includes('did you hear me?'));
    await rig.until('the thread is ready', () => rig.status(channel, root) === 'active');
    expect(rig.said(channel, root)).not.toMatch(/holding/i);
  });
});

describe('when the agents API fails', () => {
  it('keeps the message and answers once it is back', async () => {
    rig.agents.faults.failNext('sessions.create', { status: 503, times: 2 });
    const { channel, root } = await rig.ask('are you there?');
    await rig.ended(channel, root);
    expect(rig.userMessages()).toHaveLength(1);
  });

  it('says so when it is out of reach for long, and answers by itself when it is back', async () => {
    await rig.stop();
    rig = await startRig({ speed: 30 });
    rig.agents.faults.failNext('sessions.create', { status: 503, times: 1000 });
    const { channel, root } = await rig.ask('are you there?');
    await rig.until('a sentence', () => rig.said(channel, root).includes('cannot reach the agent'));
    await rig.until('it rests', () => rig.status(channel, root) === 'active');
    rig.agents.faults.clear();
    await rig.ended(channel, root);
    expect(rig.userMessages()).toHaveLength(1);
    expect(rig.said(channel, root)).not.toContain('cannot reach the agent');
  });

  it('says that its key is refused, in a sentence and a log line without the key', async () => {
    rig.agents.faults.failNext('sessions.create', { status: 401, type: 'authentication_error', times: 1 });
    const where = await rig.ask('are you there?');
    await rig.until('a sentence', () =>
      rig.answers(where.channel, where.root).some((text) => /whoever runs me/i.test(text)),
    );
    expect(rig.logged()).toContain('credentials');
    expect(rig.logged()).not.toContain(rig.agents.apiKey);
    expect(rig.logged()).not.toContain('are you there');
    await answersAgain(where);
  });

  it('does not send twice when a send was stored and its answer lost', async () => {
    rig.agents.faults.apply({ eventsSendStored: { answer: 'reset' } });
    const { channel, root } = await rig.ask('count to one');
    await rig.ended(channel, root);
    expect(rig.userMessages()).toHaveLength(1);
  });
});
