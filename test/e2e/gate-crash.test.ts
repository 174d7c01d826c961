import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CrashRig, type CrashRigOptions, startCrashRig, type Thread } from './crash-rig.ts';

/** More failures than any request is repeated. */
const DOWN = { times: 50, status: 503 };

async function start(options: CrashRigOptions = {}): Promise<CrashRig> {
  const rig = await startCrashRig(options);
  onTestFinished(() => rig.stop());
  return rig;
}

/** Every call of this Slack method meets this from now on. */
function everySlackCall(rig: CrashRig, method: string, fault: Record<string, unknown>): void {
  rig.slack.faults.apply({ calls: [{ method, next: 0, fault }] });
}

const outcomes = (rig: CrashRig, thread: Thread) =>
  rig.cards(thread).map((text) => /\*(Approved|Denied|Cancelled|Raised|Answered|No longer needed)\*/.exec(text)?.[1]);

describe('a process that is killed between a decision and its answer', () => {
  it('sends what was on disk and had not been sent', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    const sends = rig.agentsCalls('events.send');
    rig.agents.faults.failNext('events.send', DOWN);
    await rig.press('Ana', 'approve', thread);
    await rig.until('it tries to send', () => rig.agentsCalls('events.send') > sends);
    await rig.kill();
    expect(rig.given(thread)).toEqual([]);

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(rig.given(thread)).toMatchObject([{ result: 'allow' }]);
    expect(outcomes(rig, thread)).toEqual(['Approved']);
    expect(rig.audited('decision')).toHaveLength(1);
    expect(rig.audited('answer')).toMatchObject([{ allow: true, how: 'accepted' }]);
  });

  it('takes an answer that arrived after its sender had died for its own', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    const sends = rig.agentsCalls('events.send');
    rig.agents.faults.apply({ slow: [{ route: 'events.send', ms: 300 }] });
    await rig.press('Ana', 'deny', thread);
    await rig.until('it is on its way', () => rig.agentsCalls('events.send') > sends);
    await rig.kill();
    await rig.until('it arrives', () => rig.given(thread).length === 1);

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(rig.given(thread)).toMatchObject([{ result: 'deny' }]);
    expect(outcomes(rig, thread)).toEqual(['Denied']);
    expect(rig.audited('answer')).toMatchObject([{ allow: false, how: 'accepted' }]);
  });

  it('does not send again what the API has stored without its saying so', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    rig.agents.faults.apply({ eventsSendStored: { answer: 'reset' } });
    await rig.press('Ana', 'approve', thread);
    await rig.until('the API has it', () => rig.given(thread).length === 1);
    await rig.kill();

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(outcomes(rig, thread)).toEqual(['Approved']);
    expect(rig.audited('answer')).toMatchObject([{ how: 'accepted' }]);
  });

  it('gives each of several calls the answer that it had on disk', async () => {
    const rig = await start();
    const thread = await rig.askFor('three at once', 'deny-all');
    const { channel, root } = thread;
    await rig.until('all three are open', () => rig.said(channel, root).includes('Deny all 3'));
    rig.agents.faults.failNext('events.send', DOWN);
    await rig.press('Ana', 'deny-all', thread);
    await rig.kill();
    expect(rig.given(thread)).toEqual([]);

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(rig.given(thread).map(({ result }) => result)).toEqual(['deny', 'deny', 'deny']);
    expect(outcomes(rig, thread)).toEqual(['Denied', 'Denied', 'Denied']);
  });
});

describe('a process that is killed around a click', () => {
  it('has forgotten a click that it did not acknowledge', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    const looks = rig.slackCalls('users.info');
    everySlackCall(rig, 'users.info', { type: 'slow', ms: 2_000 });
    const click = expect(rig.press('Ana', 'approve', thread)).rejects.toThrow('did not answer');
    await rig.until('it asks who this is', () => rig.slackCalls('users.info') > looks);
    await rig.kill();
    await click;

    await rig.startAgain();
    await rig.press('Ben', 'deny', thread);
    await rig.settledOnce(thread, { unanswered: 1 });
    expect(outcomes(rig, thread)).toEqual(['Denied']);
    expect(rig.audited('decision')).toMatchObject([{ by: rig.user('Ben'), choice: 'deny' }]);
  });

  it('counts the first of two votes', async () => {
    const rig = await start({
      gate: `
  rules: [{ name: four eyes, match: { tool: bash }, then: ask, quorum: 2, requester_may_approve: false }]
`,
    });
    const thread = await rig.askFor('deploy checkout');
    await rig.press('Ben', 'approve', thread);
    await rig.kill();

    await rig.startAgain();
    await rig.until('it counts', () => rig.said(thread.channel, thread.root).includes('1 of 2'));
    await rig.press('Ben', 'approve', thread);
    expect(rig.given(thread)).toEqual([]);
    await rig.press('Chiara', 'approve', thread);
    await rig.settledOnce(thread);
    expect(rig.audited('decision').map(({ by }) => by)).toEqual([rig.user('Ben'), rig.user('Chiara')]);
  });

  it('cancels what was open and sends the held message, once', async () => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    const { channel, root } = thread;
    await rig.say('Ana', 'what changed in it?', { channel, thread: root });
    const held = await rig.until('it is held', () =>
      rig.thread(channel, root).find(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:release')),
    );
    const sends = rig.agentsCalls('events.send');
    rig.agents.faults.failNext('events.send', DOWN);
    await rig.slack.act.click({ user: rig.user('Ana'), channel, message_ts: held.ts, action_id: 'drawbridge:release' });
    await rig.until('it tries to send', () => rig.agentsCalls('events.send') > sends);
    await rig.kill();

    await rig.startAgain();
    await rig.settledOnce(thread, { turns: 2, cancelled: rig.calls(thread).map(({ id }) => String(id)) });
    expect(outcomes(rig, thread)).toEqual(['Cancelled']);
    expect(rig.events(root).filter(({ type }) => type === 'user.interrupt')).toHaveLength(1);
    expect(rig.userMessages().filter(({ text }) => text.includes('what changed in it?'))).toHaveLength(1);
  });

  it('raises the budget that somebody raised', async () => {
    const rig = await start({ gate: '  budget: { thread: 1.00, raise_by: [5] }\n' });
    const thread = await rig.askFor('budget', 'raise:500');
    const updates = rig.agentsCalls('sessions.update');
    rig.agents.faults.failNext('sessions.update', DOWN);
    await rig.press('Ana', 'raise:500', thread);
    await rig.until('it tries to raise it', () => rig.agentsCalls('sessions.update') > updates);
    await rig.kill();

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(outcomes(rig, thread)).toEqual(['Raised']);
    expect(rig.said(thread.channel, thread.root)).toContain('21,904 in 2026');
    expect(rig.audited('budget')).toHaveLength(1);
  });
});

describe('a process that is killed around a card', () => {
  it('asks once when it died before its question was shown', async () => {
    const rig = await start();
    everySlackCall(rig, 'chat.postMessage', { type: 'slow', ms: 700 });
    const thread = await rig.ask('deploy checkout');
    await rig.until('it is recorded', () => rig.audited('verdict').length > 0);
    await rig.kill();
    expect(rig.card(thread.channel, thread.root)).toBeUndefined();

    await rig.startAgain();
    await rig.press('Ana', 'approve', thread);
    await rig.settledOnce(thread);
    expect(new Set(rig.audited('question').map(({ question }) => question)).size).toBe(1);
    expect(outcomes(rig, thread)).toEqual(['Approved']);
  });

  it('posts no second card when it died before it learned where the first one stands', async () => {
    const rig = await start();
    everySlackCall(rig, 'chat.postMessage', { type: 'reset', when: 'after' });
    const thread = await rig.askFor('deploy checkout');
    await rig.kill();

    await rig.startAgain();
    await rig.press('Ana', 'approve', thread);
    await rig.settledOnce(thread);
  });

  it.each(['before', 'after'] as const)('closes a card whose update it died %s', async (when) => {
    const rig = await start();
    const thread = await rig.askFor('deploy checkout');
    const updates = rig.slackCalls('chat.update');
    everySlackCall(rig, 'chat.update', { type: 'slow', ms: 1_000, when });
    await rig.press('Ana', 'approve', thread);
    await rig.until('the card is being updated', () => rig.slackCalls('chat.update') > updates);
    await rig.kill();

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(outcomes(rig, thread)).toEqual(['Approved']);
  });
});

describe('a process that is killed while a tool of ours runs', () => {
  /** A folder with a tool that says when it began, and ends when it may. */
  function toolFolder({ isRepeatable }: { isRepeatable: boolean }) {
    const folder = mkdtempSync(join(tmpdir(), 'drawbridge-tools-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const began = join(folder, 'began');
    const mayEnd = join(folder, 'may-end');
    writeFileSync(
      join(folder, 'tool.mjs'),
      `import { appendFileSync, existsSync } from 'node:fs';
      export default {
        name: 'launch_rocket',
        description: 'Launches it.',
        inputSchema: { type: 'object', properties: { target: { type: 'string' } } },
        people: 'ask',
        isRepeatable: ${isRepeatable},
        async run() {
          appendFileSync(${JSON.stringify(began)}, 'began ');
          while (!existsSync(${JSON.stringify(mayEnd)})) await new Promise((resolve) => setTimeout(resolve, 10));
          return 'It flies.';
        },
      };`,
    );
    writeFileSync(began, '');
    return { folder, runs: () => readFileSync(began, 'utf8').split('began').length - 1, mayEnd };
  }

  it.each([
    ['does not run it again, and says that it does not know', false, 'not known whether it was done'],
    ['runs it again when it may', true, 'It flies.'],
  ])('%s', async (_, isRepeatable, said) => {
    const tool = toolFolder({ isRepeatable });
    const rig = await start({ tools: tool.folder });
    const thread = await rig.askFor('unknown tool');
    await rig.press('Ana', 'approve', thread);
    await rig.until('it runs', () => tool.runs() === 1);
    await rig.kill();
    writeFileSync(tool.mayEnd, '');

    await rig.startAgain();
    await rig.settledOnce(thread);
    expect(rig.given(thread)).toMatchObject([{ is_error: !isRepeatable }]);
    expect(rig.said(thread.channel, thread.root)).toContain(said);
    expect(tool.runs()).toBe(isRepeatable ? 2 : 1);
  });
});
