import { afterEach, describe, expect, it } from 'vitest';
import { type LeapClock, leapClock } from './leap-clock.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
let clock: LeapClock;
afterEach(() => rig.stop());

interface Thread {
  channel: string;
  root: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const LADDER = `
  rules:
    - name: deploys
      match: { tool: bash }
      then: ask
      approvers: [U0BEN00002]
      remind: [5m, 20m]
      escalate: [{ after: 10m, to: [S0ONCALL01] }, { after: 30m, to: [members] }]
      expire: { after: 1h }
`;

async function start(gate: string): Promise<void> {
  clock = leapClock();
  rig = await startRig({ clock, gate });
}

/** Resolves when people are asked, and nothing is under way until they answer or something is due. */
async function ask(text: string, verb: string, { who = 'Ana', dm = false } = {}): Promise<Thread> {
  const channel = dm ? rig.dm(who) : rig.channel('#ops');
  const root = await rig.say(who, dm ? text : `@Drawbridge ${text}`, { channel });
  const thread = { channel, root };
  await rig.until('it asks', () => rig.card(channel, root, verb) && status(thread) === 'suspended');
  await parked();
  return thread;
}

const parked = () => rig.until('nobody listens', () => rig.agents.records().openStreams === 0);

/** How often all sessions have been looked at; after that the next time is set. */
const looks = () => rig.logged().split('sessions looked at').length - 1;

const said = ({ channel, root }: Thread) => rig.said(channel, root);

const status = ({ channel, root }: Thread) => rig.status(channel, root);

const mention = (who: string) => `<@${rig.user(who)}>`;

const ONCALL = '<!subteam^S0ONCALL01>';

/** The reminders and escalations that stand in the thread: whom they call. */
const called = ({ channel, root }: Thread) =>
  rig
    .answers(channel, root)
    .flatMap((text) => /"text":"([^"]*?) ?(Still waiting for an answer|Nobody has decided yet)/.exec(text)?.[1] ?? []);

/** Resolves when so many stand there, and no more are on their way. */
async function nudged(thread: Thread, ...people: string[]): Promise<void> {
  await rig.until(`${people.length} call(s)`, () => called(thread).length >= people.length);
  await parked();
  expect(called(thread)).toEqual(people);
}

/** Time passes in which nothing may happen in the thread. */
async function quiet(ms: number, thread: Thread): Promise<void> {
  const before = said(thread);
  await rig.until('all sessions are looked at', () => looks() > 0);
  const looked = looks();
  clock.leap(ms);
  // All sessions are looked at from time to time, for what happens elsewhere: then there was the occasion, too.
  await rig.until('it was looked at', () => looks() > looked);
  await parked();
  expect(said(thread)).toBe(before);
}

/** Resolves when the work is over and nothing in the thread can be pressed any more. */
async function ended(thread: Thread, turns = 1): Promise<void> {
  await rig.ended(thread.channel, thread.root, turns);
  await rig.until('no button is left', () => !said(thread).includes('"button"'));
}

const decisions = () => rig.audit().filter(({ type }) => type === 'decision');

describe.each(['channel', 'dm'] as const)('a reminder, in a %s', (where) => {
  it('calls those who are asked once, when it is time, and nobody after the decision', async () => {
    await start('defaults: { remind: [15m, 30m], expire: { after: 1h } }');
    const thread = await ask('deploy', 'approve', { dm: where === 'dm' });
    await quiet(14 * MINUTE, thread);
    expect(called(thread)).toEqual([]);
    clock.leap(MINUTE);
    await nudged(thread, mention('Ana'));
    expect(said(thread)).toContain('Decide on the card above. It expires <!date');
    await quiet(10 * MINUTE, thread);

    await rig.press('Ana', 'approve', thread);
    await ended(thread);
    await quiet(HOUR, thread);
    expect(called(thread)).toEqual([mention('Ana')]);
    expect(decisions()).toHaveLength(1);
    await rig.noProblems();
  });
});

describe('the ladder of a question that nobody decides', () => {
  it('calls one after the other, widens who may decide, and denies in the end', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    const first = mention('Ben');
    const both = `${first} ${ONCALL}`;
    clock.leap(5 * MINUTE);
    await nudged(thread, first);
    await rig.press('Chiara', 'approve', thread);
    await rig.until('she may not yet', () => rig.whispers('Chiara', thread.channel).join().includes('not asked'));
    clock.leap(5 * MINUTE);
    await nudged(thread, first, ONCALL);
    await rig.until('the card says so', () => said(thread).includes(`Who may decide: ${first} or ${ONCALL}`));
    clock.leap(10 * MINUTE);
    await nudged(thread, first, ONCALL, both);
    clock.leap(10 * MINUTE);
    await nudged(thread, first, ONCALL, both, mention('Ana'));
    await rig.until('the card says so', () => said(thread).includes('or any full member'));
    clock.leap(30 * MINUTE);
    await ended(thread);
    expect(said(thread)).toContain('*Expired*: nobody answered in time');
    expect(said(thread)).toContain('Nobody decided within 60 min, so this was not allowed.');
    expect(called(thread)).toHaveLength(4);
    await rig.noProblems();
  });

  it('lets those decide whom it has reached, also after a restart', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    clock.leap(10 * MINUTE);
    await nudged(thread, mention('Ben'), ONCALL);
    await rig.restart();
    await parked();
    expect(called(thread)).toHaveLength(2);
    await rig.press('Ana', 'approve', thread);
    await rig.until('she may not', () => rig.whispers('Ana', thread.channel).join().includes('not asked'));
    await rig.press('Chiara', 'approve', thread);
    await ended(thread);
    expect(said(thread)).toContain(`*Approved* by ${mention('Chiara')}`);
    await quiet(2 * HOUR, thread);
    await rig.noProblems();
  });

  it('lets somebody decide the moment they are reached, before anybody has been called', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    await rig.away(() => clock.leap(11 * MINUTE));
    await rig.press('Dev', 'approve', thread);
    await ended(thread);
    expect(said(thread)).toContain(`*Approved* by ${mention('Dev')}`);
    await rig.noProblems();
  });

  it('goes on where it was after each of several restarts', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    const first = mention('Ben');
    await rig.restart();
    clock.leap(5 * MINUTE);
    await nudged(thread, first);
    await rig.restart();
    clock.leap(5 * MINUTE);
    await nudged(thread, first, ONCALL);
    await rig.restart();
    await parked();
    clock.leap(50 * MINUTE);
    await ended(thread);
    expect(said(thread)).toContain('*Expired*');
    expect(decisions()).toMatchObject([{ choice: 'expire', by: null }]);
    await rig.noProblems();
  });

  it('says in one message what was missed while the process was away, and calls all whom it has reached', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    await rig.away(() => clock.leap(45 * MINUTE));
    await nudged(thread, `${mention('Ana')} ${ONCALL}`);
    await rig.until('the card says so', () =>
      said(thread).includes(`Who may decide: ${mention('Ben')}, ${ONCALL} or any full member`),
    );
    await rig.press('Dev', 'deny', thread);
    await ended(thread);
    expect(said(thread)).toContain(`*Denied* by ${mention('Dev')}`);
    await rig.noProblems();
  });

  it('calls nobody any more when it ended while the process was away', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    await rig.away(() => clock.leap(3 * HOUR));
    await ended(thread);
    expect(called(thread)).toEqual([]);
    expect(said(thread)).toContain('*Expired*');
    expect(said(thread)).toContain('Nobody decided within 60 min');
    await rig.noProblems();
  });

  it('is one for each thread', async () => {
    await start(LADDER);
    const early = await ask('deploy', 'approve');
    await quiet(3 * MINUTE, early);
    const late = await ask('deploy', 'approve');
    clock.leap(2 * MINUTE);
    await nudged(early, mention('Ben'));
    expect(called(late)).toEqual([]);
    clock.leap(3 * MINUTE);
    await nudged(late, mention('Ben'));
    expect(called(early)).toHaveLength(1);
    clock.leap(2 * MINUTE);
    await nudged(early, mention('Ben'), ONCALL);
    await rig.press('Ben', 'approve', early);
    await ended(early);
    clock.leap(3 * MINUTE);
    await nudged(late, mention('Ben'), ONCALL);
    expect(called(early)).toHaveLength(2);
    await rig.press('Ben', 'deny', late);
    await ended(late);
    await rig.noProblems();
  });

  it('is over with a stop', async () => {
    await start(LADDER);
    const thread = await ask('deploy', 'approve');
    clock.leap(5 * MINUTE);
    await nudged(thread, mention('Ben'));
    await rig.say('Ana', 'stop', { channel: thread.channel, thread: thread.root });
    await rig.until('it is ready', () => status(thread) === 'active');
    await rig.until('the card says so', () => said(thread).includes(`*Cancelled* by ${mention('Ana')}`));
    await quiet(2 * HOUR, thread);
    expect(decisions()).toMatchObject([{ choice: 'cancel' }]);
    await rig.noProblems();
  });
});

describe('an expiry', () => {
  const STOP = 'defaults: { expire: { after: 1h, then: stop } }';

  it('stops the agent where the policy says so, and what was held goes afterwards', async () => {
    await start(STOP);
    const thread = await ask('deploy', 'approve');
    expect(said(thread)).toContain('without an answer, the agent is stopped.');
    await rig.say('Ana', 'what else', { channel: thread.channel, thread: thread.root });
    await rig.until('it is held', () => said(thread).includes("I'm holding your message"));
    await parked();
    clock.leap(HOUR);
    await rig.until('it is answered', () => said(thread).includes('“what else”'));
    await ended(thread, 2);
    expect(said(thread)).toMatch(/\*Expired\*[\s\S]*Stopped\.[\s\S]*“what else”/);
    const answers = rig.events(thread.root).filter(({ type }) => type.startsWith('user.'));
    expect(answers.map(({ type }) => type)).toEqual(['user.message', 'user.interrupt', 'user.message']);
    await rig.noProblems();
  });

  it('stops the agent that was left alone when the process comes back', async () => {
    await start(STOP);
    const thread = await ask('two at once', 'approve-all');
    await rig.away(() => clock.leap(2 * HOUR));
    await ended(thread);
    expect(said(thread)).toContain('Stopped.');
    expect(said(thread)).toContain('*Expired*');
    expect(rig.events(thread.root).filter(({ type }) => type === 'user.interrupt')).toHaveLength(1);
    await rig.noProblems();
  });

  it('comes once when the process is started anew again and again', async () => {
    await start('defaults: { expire: { after: 1h } }');
    const thread = await ask('two at once', 'approve-all');
    await rig.away(() => clock.leap(HOUR));
    await rig.restart();
    await ended(thread);
    expect(said(thread).match(/\*Expired\*/g)).toHaveLength(2);
    expect(decisions()).toHaveLength(2);
    const answers = rig.events(thread.root).filter(({ type }) => type === 'user.tool_confirmation');
    expect(answers.map(({ result }) => result)).toEqual(['deny', 'deny']);
    await rig.noProblems();
  });

  it('is not outrun by a click that comes too late', async () => {
    await start('defaults: { expire: { after: 1h } }');
    const thread = await ask('deploy', 'approve');
    // Nothing wakes the thread before the click does.
    const { channel } = thread;
    clock.leap(HOUR);
    await rig.press('Ben', 'approve', thread);
    await rig.until('he is told', () => rig.whispers('Ben', channel).join().includes('nobody answered in time'));
    await ended(thread);
    expect(said(thread)).toContain('I did not deploy');
    expect(said(thread)).not.toContain('*Approved*');
    await rig.noProblems();
  });
});

describe('what the agent asks a person', () => {
  const FORM = 'ask_user: { remind: [10m], expire: 1h }';

  it.each([false, true])('is called to mind, and given up in the end (restart: %s)', async (restarts) => {
    await start(FORM);
    const thread = await ask('ask me', 'pick');
    if (restarts) await rig.restart();
    clock.leap(10 * MINUTE);
    await nudged(thread, mention('Ana'));
    expect(said(thread)).toContain('Answer on the card above.');
    if (restarts) await rig.restart();
    await parked();
    clock.leap(50 * MINUTE);
    await ended(thread);
    expect(said(thread)).toContain('*Expired*: nobody answered in time');
    expect(said(thread)).toContain('Nobody answered within 60 min.');
    const results = rig.events(thread.root).filter(({ type }) => type === 'user.custom_tool_result');
    expect(results).toMatchObject([{ is_error: true }]);
    await rig.noProblems();
  });

  it('is given up when the process comes back', async () => {
    await start(FORM);
    const thread = await ask('ask me', 'pick', { dm: true });
    await rig.away(() => clock.leap(2 * HOUR));
    await ended(thread);
    expect(called(thread)).toEqual([]);
    expect(said(thread)).toContain('*Expired*');
    await rig.noProblems();
  });

  it('is not called to mind once it is answered', async () => {
    await start(FORM);
    const thread = await ask('ask me', 'pick');
    await rig.press('Ana', 'pick:0', thread);
    await ended(thread);
    await quiet(2 * HOUR, thread);
    expect(called(thread)).toEqual([]);
    await rig.noProblems();
  });
});

it('costs next to nothing to wait: no stream is open, and one list now and then tells of all sessions', async () => {
  await start('defaults: { expire: { after: 1d } }');
  const threads = [await ask('deploy', 'approve'), await ask('ask me', 'pick'), await ask('deploy', 'approve')];
  const streams = () => rig.agents.records().requests['events.stream'] ?? 0;
  const [streamsBefore, looksBefore] = [streams(), looks()];
  for (let minutes = 0; minutes < 20; minutes += 2) await quiet(2 * MINUTE, threads[0] as Thread);
  expect(looks()).toBe(looksBefore + 10);
  expect(rig.agents.records().requests['sessions.list']).toBe(looks());
  expect(streams()).toBe(streamsBefore);
  await rig.noProblems();
});
