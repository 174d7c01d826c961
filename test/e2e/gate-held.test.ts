import { afterEach, describe, expect, it } from 'vitest';
import { startCrashRig } from './crash-rig.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

type Where = 'channel' | 'dm';
interface Thread {
  channel: string;
  root: string;
}

async function askTo(text: string, where: Where = 'channel', options: RigOptions = {}): Promise<Thread> {
  rig = await startRig(options);
  const channel = where === 'dm' ? rig.dm('Ana') : rig.channel('#ops');
  const root = await rig.say('Ana', where === 'dm' ? text : `@Drawbridge ${text}`, { channel });
  const thread = { channel, root };
  await rig.until('it asks', () => rig.card(channel, root, 'approve') && rig.status(channel, root) === 'suspended');
  return thread;
}

const reply = (who: string, text: string, { channel, root }: Thread) => rig.say(who, text, { channel, thread: root });

const said = ({ channel, root }: Thread) => rig.said(channel, root);

const notice = ({ channel, root }: Thread) =>
  rig.thread(channel, root).find(({ blocks }) => JSON.stringify(blocks ?? []).includes('drawbridge:release'));

/** The cards that can be decided, one by one. */
const cards = ({ channel, root }: Thread) =>
  rig
    .thread(channel, root)
    .filter(({ blocks }) => JSON.stringify(blocks ?? []).includes('"drawbridge:gate:approve"'))
    .map(({ ts }) => ts);

/** Resolves when people see that the message waits. */
async function held(thread: Thread, ts: string): Promise<void> {
  await rig.until('it is shown as held', () => notice(thread) && reactions(thread, ts) === 'hourglass_flowing_sand');
}

const reactions = ({ channel, root }: Thread, ts: string) =>
  rig
    .thread(channel, root)
    .find((message) => message.ts === ts)
    ?.reactions?.map(({ name }) => name)
    .join();

async function release(who: string, thread: Thread, ts = notice(thread)?.ts ?? ''): Promise<void> {
  const { channel } = thread;
  await rig.slack.act.click({ user: rig.user(who), channel, message_ts: ts, action_id: 'drawbridge:release' });
}

/** What people, or the bridge, told the session, in the order in which it was taken. */
const told = ({ root }: Thread) =>
  rig
    .events(root)
    .filter(({ type }) => type.startsWith('user.'))
    .map(({ type, content }) => (type === 'user.message' ? lastText(content) : type));

const lastText = (content: unknown) => (content as { text: string }[]).at(-1)?.text;

const sends = () => rig.agents.records().requests['events.send'] ?? 0;

/** Resolves when everything that was asked has been answered, in this order. */
async function answered(thread: Thread, ...texts: string[]): Promise<void> {
  const inOrder = new RegExp(texts.map((text) => `“${text}”`).join('[\\s\\S]*'));
  await rig.until('all is answered', () => inOrder.test(said(thread)));
  await rig.until('the thread is ready', () => rig.status(thread.channel, thread.root) === 'active');
  await rig.until('no button is left', () => !said(thread).includes('"button"'));
}

describe.each(['channel', 'dm'] as const)('a message while a request is open, in a %s', (where) => {
  it.each([
    ['approve', 'runs in production'],
    ['deny', 'I did not deploy'],
  ] as const)('is held, and sent when people %s', async (verb, outcome) => {
    const thread = await askTo('deploy checkout', where);
    const before = sends();
    const ts = await reply('Ana', 'mind the database', thread);
    await held(thread, ts);
    expect(said(thread)).toContain("I'm holding your message until the open request is answered.");
    await rig.until('nobody listens', () => rig.agents.records().openStreams === 0);
    expect(sends()).toBe(before);

    await rig.press('Ana', verb, thread);
    await answered(thread, 'mind the database');
    expect(told(thread)).toEqual(['deploy checkout', 'user.tool_confirmation', 'mind the database']);
    expect(said(thread)).toMatch(new RegExp(`${outcome}[\\s\\S]*“mind the database”`));
    expect(said(thread)).not.toContain('holding');
    await rig.until('it is marked as seen', () => reactions(thread, ts) === 'eyes');
    await rig.noProblems();
  });

  it('is sent at once when somebody cancels the request for it', async () => {
    const thread = await askTo('deploy checkout', where);
    const ts = await reply('Ana', 'forget that', thread);
    await held(thread, ts);
    const before = sends();
    await release('Ana', thread);
    await answered(thread, 'forget that');
    expect(sends()).toBe(before + 1);
    expect(told(thread)).toEqual(['deploy checkout', 'user.interrupt', 'forget that']);
    const ana = `<@${rig.user('Ana')}>`;
    await rig.until('the card says so', () => said(thread).includes(`*Cancelled* by ${ana}`));
    expect(said(thread)).toContain(`${ana} cancelled the open request, so that the message could be sent.`);
    expect(said(thread)).not.toMatch(/holding|"button"|Stopped/);
    await rig.until('it is marked as seen', () => reactions(thread, ts) === 'eyes');
    await rig.noProblems();
  });

  it('is sent after a stop, and the card says who stopped', async () => {
    const thread = await askTo('deploy checkout', where);
    const ts = await reply('Ana', 'and the logs', thread);
    await held(thread, ts);
    await reply('Ana', 'stop', thread);
    await answered(thread, 'and the logs');
    expect(told(thread)).toEqual(['deploy checkout', 'user.interrupt', 'and the logs']);
    const ana = `<@${rig.user('Ana')}>`;
    expect(said(thread)).toContain(`*Cancelled* by ${ana}`);
    expect(said(thread)).toMatch(new RegExp(`Stopped by ${ana}[\\s\\S]*“and the logs”`));
    expect(said(thread)).not.toMatch(/holding|"button"/);
    await rig.until('it is marked as held no longer', () => !reactions(thread, ts)?.includes('hourglass'));
    await rig.noProblems();
  });
});

describe('several messages while a request is open', () => {
  it('go in order once it is answered, whoever wrote them', async () => {
    const thread = await askTo('deploy checkout');
    await held(thread, await reply('Ana', 'first', thread));
    await held(thread, await reply('Ben', 'second', thread));
    await held(thread, await reply('Ana', 'third', thread));
    await rig.press('Chiara', 'approve', thread);
    await answered(thread, 'first', 'second', 'third');
    expect(told(thread)).toEqual(['deploy checkout', 'user.tool_confirmation', 'first', 'second', 'third']);
    await rig.noProblems();
  });

  it('go in order when the request is cancelled for them', async () => {
    const thread = await askTo('deploy checkout');
    await held(thread, await reply('Ana', 'first', thread));
    await held(thread, await reply('Ben', 'second', thread));
    await held(thread, await reply('Ana', 'third', thread));
    await release('Chiara', thread);
    await answered(thread, 'first', 'second', 'third');
    expect(told(thread)).toEqual(['deploy checkout', 'user.interrupt', 'first', 'second', 'third']);
    expect(said(thread)).toContain(`*Cancelled* by <@${rig.user('Chiara')}>`);
    await rig.noProblems();
  });

  it('are held as long as one of several requests is open', async () => {
    const thread = await askTo('two at once');
    const ts = await reply('Ana', 'not the basket', thread);
    await held(thread, ts);
    const [first, second] = cards(thread);
    await rig.press('Ana', 'approve', { ...thread, ts: first ?? '' });
    await rig.until('one is answered', () => said(thread).includes('*Approved*'));
    expect(notice(thread)).toBeDefined();
    expect(told(thread)).toEqual(['two at once', 'user.tool_confirmation']);
    await rig.press('Ana', 'deny', { ...thread, ts: second ?? '' });
    await answered(thread, 'not the basket');
    await rig.noProblems();
  });
});

describe('“cancel the request and send now”', () => {
  it('cancels all requests that are open, and nothing twice when it is pressed twice', async () => {
    const thread = await askTo('three at once');
    await held(thread, await reply('Ana', 'leave them', thread));
    await Promise.all([release('Ana', thread), release('Ben', thread)]);
    await answered(thread, 'leave them');
    await rig.until('the inbox is empty', () => rig.audit().filter(({ input }) => input === 'release').length === 2);
    expect(told(thread)).toEqual(['three at once', 'user.interrupt', 'leave them']);
    expect(said(thread).match(/\*Cancelled\* by/g)).toHaveLength(3);
    expect(said(thread)).not.toContain('"button"');
    await rig.noProblems();
  });

  it('changes nothing when it is pressed after the decision', async () => {
    const thread = await askTo('deploy checkout');
    await held(thread, await reply('Ana', 'mind the database', thread));
    const { ts = '' } = notice(thread) ?? {};
    // The notice is still there when the agent runs again.
    rig.slack.faults.apply({ calls: [{ method: 'chat.delete', fault: { type: 'slow', ms: 1_000, when: 'before' } }] });
    await rig.press('Ana', 'approve', thread);
    await rig.until('it runs', () => rig.agents.records().sessions[0]?.status === 'running');
    await release('Ben', thread, ts);
    await answered(thread, 'mind the database');
    expect(told(thread)).toEqual(['deploy checkout', 'user.tool_confirmation', 'mind the database']);
    expect(said(thread)).toContain('runs in production');
    expect(said(thread)).not.toMatch(/ancelled/);
    await rig.noProblems();
  });

  it.each([1, 2, 3])('and a decision at the same instant: one of them counts (%i)', async () => {
    const thread = await askTo('deploy checkout');
    await held(thread, await reply('Ana', 'mind the database', thread));
    await Promise.all([release('Ana', thread), rig.press('Ben', 'approve', thread)]);
    await answered(thread, 'mind the database');
    const isCancelled = told(thread).includes('user.interrupt');
    expect(told(thread)).toEqual([
      'deploy checkout',
      isCancelled ? 'user.interrupt' : 'user.tool_confirmation',
      'mind the database',
    ]);
    expect(said(thread).includes('runs in production')).toBe(!isCancelled);
    expect(said(thread).includes('*Approved*')).toBe(!isCancelled);
    expect(said(thread)).not.toContain('"button"');
    await rig.noProblems();
  });

  it('is kept when the agents API cannot be reached, and when the process is started anew', async () => {
    const thread = await askTo('deploy checkout');
    await held(thread, await reply('Ana', 'forget that', thread));
    rig.agents.faults.failNext('events.send', { status: 503, times: 1_000, retryAfter: 60 });
    await release('Ben', thread);
    await rig.until('it was tried', () => rig.logged().includes('request failed, trying again'));
    await rig.restart();
    rig.agents.faults.clear();
    await rig.restart();
    await answered(thread, 'forget that');
    expect(told(thread)).toEqual(['deploy checkout', 'user.interrupt', 'forget that']);
    expect(said(thread)).toContain(`*Cancelled* by <@${rig.user('Ben')}>`);
    await rig.noProblems();
  });
});

describe('what waits', () => {
  it('is still held, and shown once, after a restart', async () => {
    const thread = await askTo('deploy checkout');
    const first = await reply('Ana', 'first', thread);
    await held(thread, first);
    await rig.restart();
    const second = await reply('Ben', 'second', thread);
    await held(thread, second);
    expect(said(thread).match(/I'm holding/g)).toHaveLength(1);
    expect(said(thread).match(/"Approve"/g)).toHaveLength(1);
    await rig.press('Ana', 'approve', thread);
    await answered(thread, 'first', 'second');
    expect(told(thread)).toEqual(['deploy checkout', 'user.tool_confirmation', 'first', 'second']);
    await rig.noProblems();
  });

  it('is written while the process is away, and decided when it is back', async () => {
    const thread = await askTo('deploy checkout');
    let ts = '';
    await rig.away(async () => {
      ts = await reply('Ana', 'while you were away', thread);
    });
    await held(thread, ts);
    await rig.press('Ana', 'deny', thread);
    await answered(thread, 'while you were away');
    await rig.noProblems();
  });

  it.each([1, 2, 3])('is never lost when it comes at the same instant as the decision (%i)', async () => {
    const thread = await askTo('deploy checkout');
    await Promise.all([rig.press('Ana', 'approve', thread), reply('Ben', 'mind the database', thread)]);
    await answered(thread, 'mind the database');
    await rig.until('it runs', () => said(thread).includes('runs in production'));
    expect(told(thread)).toEqual(['deploy checkout', 'user.tool_confirmation', 'mind the database']);
    expect(said(thread)).not.toContain('holding');
    await rig.noProblems();
  });
});

describe('a stop while a request is open', () => {
  it('is not outrun by an approval of the same instant', async () => {
    const thread = await askTo('deploy checkout');
    await Promise.all([reply('Ana', 'stop', thread), rig.press('Ben', 'approve', thread)]);
    await rig.until('it has ended', () => rig.status(thread.channel, thread.root) === 'active');
    await rig.until('it says so', () => said(thread).includes(`Stopped by <@${rig.user('Ana')}>`));
    expect(said(thread)).not.toContain('runs in production');
    expect(said(thread)).not.toContain('"button"');
    await rig.noProblems();
  });

  it('may come by the native button when a helper of the agent asks, and the card says who', async () => {
    rig = await startRig();
    const { channel, root } = await rig.ask('child');
    await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    const isStatus = ({ method }: { method: string }) => method === 'agents.sessions.setStatus';
    await rig.until('Slack shows its button', () => rig.slack.calls().some(isStatus));
    rig.slack.act.stop({ user: rig.user('Ben'), channel, thread_ts: root });
    await rig.until('it says so', () => said({ channel, root }).includes(`Stopped by <@${rig.user('Ben')}>`));
    await rig.until('the card says so', () => said({ channel, root }).includes(`*Cancelled* by <@${rig.user('Ben')}>`));
    await rig.until('nothing is left to press', () => !said({ channel, root }).includes('"button"'));
    await rig.noProblems();
  });
});

describe('a process that is killed once the session was interrupted, and before it could note that', () => {
  /** The bot is gone when the request that this makes has its effect. */
  async function killedAfter(act: (thread: Thread) => Promise<void>): Promise<Thread> {
    const crash = await startCrashRig();
    rig = crash;
    const thread = await crash.askFor('deploy checkout');
    await held(thread, await reply('Ana', 'forget that', thread));
    const before = sends();
    rig.agents.faults.apply({ slow: [{ route: 'events.send', ms: 500 }] });
    await act(thread);
    await rig.until('it is on its way', () => sends() > before);
    await crash.kill();
    await rig.until('it arrives', () => told(thread).includes('user.interrupt'));
    await crash.startAgain();
    await answered(thread, 'forget that');
    expect(told(thread)).toEqual(['deploy checkout', 'user.interrupt', 'forget that']);
    return thread;
  }

  it('knows who cancelled the request', async () => {
    const thread = await killedAfter((asked) => release('Ben', asked));
    const ben = `<@${rig.user('Ben')}>`;
    expect(said(thread)).toContain(`*Cancelled* by ${ben}`);
    expect(said(thread)).toContain(`${ben} cancelled the open request, so that the message could be sent.`);
    expect(said(thread)).not.toContain('Stopped');
    await rig.noProblems();
  });

  it('knows who stopped, and does not stop what comes after it', async () => {
    const thread = await killedAfter(async (asked) => void (await reply('Ben', 'stop', asked)));
    const ben = `<@${rig.user('Ben')}>`;
    expect(said(thread)).toContain(`*Cancelled* by ${ben}`);
    expect(said(thread).match(/Stopped by/g)).toHaveLength(1);
    expect(said(thread)).toContain(`Stopped by ${ben}`);
    await rig.noProblems();
  });
});
