import { setTimeout as pause } from 'node:timers/promises';
import { PersonRefusal } from '../../src/playground/slack/refusal.ts';
import type { SlackServer } from '../../src/playground/slack/server.ts';
import { type Bot, startBot } from './bot.ts';
import { type Marker, markersIn } from './marker.ts';
import { drawTurns, type Step, type TurnPlan } from './plan.ts';
import { approveButton, type Recorded } from './record.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { Scenario } from './scenarios.ts';
import { startWorld, type World } from './world.ts';

export interface RunOptions {
  /** Where the bot's program is. */
  bot: string;
  /** Whether Slack's limits hold. */
  limited: boolean;
  seed: number;
  /** How long after the agents' last word everything may take to be seen. */
  patienceMs: number;
}

/** From a bot's last call on, longer than anything that it waits for: what Slack asks it to wait, too. */
const CALM_MS = 5_000;
/** Longer than what a bot does after its first turn, when nothing is limited. */
const REST_MS = 1_500;
const LOOK_EVERY_MS = 50;
const SAMPLE_EVERY_MS = 250;
/** How long somebody takes to decide. */
const THINK_MS = 1_000;
const MOST_PRESSES = 10;
const STARTING_MS = 60_000;
/** A thread that is not measured: after it, nothing is done for the first time. */
const WARM_UP = 9_999;
const WARM_UP_STEPS: Step[] = [
  { do: 'use', command: 'make', ms: 200 },
  { do: 'say', text: 'Everything is warm now. z9999z1z0z', chunk: 10, everyMs: 50 },
];

/** One scenario with one bot, from its start to its end. */
export async function run(scenario: Scenario, { bot: path, limited, seed, patienceMs }: RunOptions): Promise<Recorded> {
  const plans = drawTurns(scenario.turns, { seed, withinMs: scenario.withinMs });
  const recorder = createRecorder({
    onSeen({ ok, thread, ts, shows }, markers) {
      const button = ok && markers.length > 0 ? approveButton(shows) : null;
      if (button !== null && thread !== null && ts !== null) void approve({ thread, ts, button });
    },
  });
  const stepsOf = (thread: number) => (thread === WARM_UP ? WARM_UP_STEPS : (plans[thread]?.steps ?? []));
  const world = await startWorld({ limited, seed, stepsOf, ...recorder });
  const people = createPeople(world.slack);
  const approve = approver(world.slack, (thread) => people.whereIs(thread, plans[thread]?.place ?? 'channel'));
  const bot = await startBot(path, world.env);
  try {
    await warmUp(world, people);
    const before = await bot.usage();
    world.slack.faults.apply({ tiers: limited });
    const usage = watchUsage(bot);
    await play(plans, { recorder, people });
    await seenAll(plans, { recorder, patienceMs });
    const after = await bot.usage();
    const peakRss = usage.stop();
    await calm(recorder, { patienceMs });
    const messages = world.slack.state().channels.flatMap((channel) => channel.messages);
    return recorder.finish(messages, { idleRss: before.rss, peakRss, cpuMs: after.cpuMs - before.cpuMs });
  } finally {
    await bot.stop();
    await world.stop();
  }
}

interface Place {
  user: string;
  channel: string;
}

interface People {
  whereIs(thread: number, place: TurnPlan['place']): Place;
  /** Writes to the bot; gives the message's ts. */
  ask(thread: number, place: TurnPlan['place']): string;
}

const CHANNELS = ['ops', 'general', 'data', 'partners'];
const USERS = ['Ana', 'Ben', 'Chiara', 'Dev'];

/** Threads go round the channels that the bot is in, and round the people who write. */
function createPeople({ state, act, botUserId }: SlackServer): People {
  const { users, channels } = state();
  const idOf = (name: string | undefined) => users.find((user) => user.name === name)?.id ?? '';
  const whereIs = (thread: number, place: TurnPlan['place']): Place => {
    const name = CHANNELS[thread % CHANNELS.length];
    const isDm = place === 'dm';
    const user = idOf(USERS[(isDm ? thread : Math.floor(thread / CHANNELS.length)) % USERS.length]);
    const channel = channels.find(({ is_im, members, name: own }) =>
      isDm ? is_im && members.includes(user) && members.includes(botUserId) : own === name,
    );
    return { user, channel: channel?.id ?? '' };
  };
  return {
    whereIs,
    ask(thread, place) {
      const text = place === 'dm' ? `load ${thread}` : `@Drawbridge load ${thread}`;
      return act.say({ ...whereIs(thread, place), text }).ts;
    },
  };
}

async function warmUp({ agents, slack }: World, people: People): Promise<void> {
  const root = people.ask(WARM_UP, 'channel');
  const isAnswered = () => {
    const messages = slack.state().channels.flatMap((channel) => channel.messages);
    return messages.some(({ thread_ts, blocks, text }) => {
      return thread_ts === root && markersIn(JSON.stringify([blocks, text])).length > 0;
    });
  };
  const deadline = Date.now() + STARTING_MS;
  while (!isAnswered() || agents.records().openStreams > 0) {
    if (Date.now() > deadline) throw new Error('the bot does not answer its first message');
    await pause(LOOK_EVERY_MS);
  }
  await pause(REST_MS);
}

interface Stage {
  recorder: Recorder;
  people: People;
}

/** Lets people write when it is planned; resolves when the last one has. */
async function play(plans: readonly TurnPlan[], { recorder, people }: Stage): Promise<void> {
  const begun = Date.now();
  for (const { thread, place, startsAtMs } of plans.toSorted((a, b) => a.startsAtMs - b.startsAtMs)) {
    await pause(Math.max(begun + startsAtMs - Date.now(), 0));
    const deliveredAt = Date.now();
    const root = people.ask(thread, place);
    const { channel } = people.whereIs(thread, place);
    recorder.begins({ number: thread, root }, { channel, place, deliveredAt });
  }
}

/** Resolves when the last word of every text and every question was seen, or nobody would wait any longer. */
async function seenAll(
  plans: readonly TurnPlan[],
  { recorder, patienceMs }: { recorder: Recorder; patienceMs: number },
): Promise<void> {
  let awaited = plans.flatMap(({ steps }) => steps.flatMap(lastWord));
  const talking = () => Date.now() - recorder.lastWordAt() < patienceMs;
  while (awaited.length > 0 && talking()) {
    await pause(LOOK_EVERY_MS);
    awaited = recorder.unseen(awaited);
  }
}

function lastWord(step: Step): Marker[] {
  if (step.do === 'use') return [];
  return markersIn(step.do === 'say' ? step.text : step.command).slice(-1);
}

/** Resolves when the bot has written nothing for a while: what stands then is what it leaves. */
async function calm(recorder: Recorder, { patienceMs }: { patienceMs: number }): Promise<void> {
  const until = recorder.lastWordAt() + patienceMs;
  while (Date.now() < until && Date.now() - recorder.lastCallAt() < CALM_MS) await pause(LOOK_EVERY_MS);
}

/** People allow what a card asks for a moment after they see it, and press again while nothing has come of it. */
function approver(slack: SlackServer, whereIs: (thread: number) => Place) {
  const pressed = new Set<string>();
  return async ({ thread, ts, button }: { thread: number; ts: string; button: string }) => {
    if (pressed.has(ts)) return;
    pressed.add(ts);
    for (let press = 0; press < MOST_PRESSES; press += 1) {
      await pause(THINK_MS);
      try {
        await slack.act.click({ ...whereIs(thread), message_ts: ts, action_id: button });
        return;
      } catch (error) {
        if (!(error instanceof PersonRefusal)) throw error;
      }
    }
  };
}

/** The most that is resident while it runs. */
function watchUsage(bot: Bot): { stop(): number } {
  let peak = 0;
  let isAsked = false;
  const sample = async () => {
    // A bot that is busy answers late.
    if (isAsked) return;
    isAsked = true;
    // When it has ended, whoever waits for it hears that.
    const usage = await bot.usage().catch(() => null);
    peak = Math.max(peak, usage?.rss ?? 0);
    isAsked = false;
  };
  const timer = setInterval(() => void sample(), SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
