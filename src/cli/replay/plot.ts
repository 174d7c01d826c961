import type { Entry } from '../../ops/recording/bundle.ts';

type Of<Type extends Entry['type']> = Extract<Entry, { type: Type }>;

/** What a person does. */
export type Act = Of<'message' | 'stop' | 'release' | 'files' | 'decision' | 'opened'>;

interface Call {
  call: string;
  tool: Of<'called'>['tool'];
  /** Whether people decided on it; otherwise what the policy said. */
  permission: 'ask' | 'allow' | 'deny';
  isError: boolean;
}

/** What the session of a thread does. */
export type Step = { at: number; thread: string } & (
  | { type: 'say'; text: string }
  /** Together: those that ask wait for people at the same time. */
  | { type: 'call'; calls: Call[] }
  | { type: 'fail'; error: string; retry: string }
  /** `wasCut`: somebody stopped it, or had something else sent instead. */
  | { type: 'end'; reason: string; wasCut: boolean }
  | { type: 'terminate' }
);

/** `isDoubled`: Slack brought it more than once. */
export type Scene = { act: Act; isDoubled: boolean } | { step: Step };

const ACTS: Entry['type'][] = ['message', 'stop', 'release', 'files', 'decision', 'opened'];

/** A recording as what happens in a replay, in its order. Pure. */
export function plotOf(entries: readonly Entry[]): Scene[] {
  const scenes: Scene[] = [];
  const cut = new Set<string>();
  const written = new Set<string>();
  const about = entriesByCall(entries);
  const doubled = doubledIn(entries);
  for (const entry of entries) {
    if (isAct(entry)) {
      // A mention comes as two deliveries; the local Slack makes the second one itself.
      if (entry.type === 'message' && written.has(entry.message)) continue;
      if (entry.type === 'message') written.add(entry.message);
      if (entry.type === 'stop' || entry.type === 'release') cut.add(entry.thread);
      scenes.push({ act: entry, isDoubled: entry.type === 'message' && doubled.has(entry.message) });
      continue;
    }
    const step = stepOf(entry, { about, wasCut: 'thread' in entry && cut.has(entry.thread) });
    if (step === null) continue;
    if (step.type === 'end') cut.delete(step.thread);
    if (!joins(scenes.at(-1), step)) scenes.push({ step });
  }
  return scenes;
}

function isAct(entry: Entry): entry is Act {
  return ACTS.includes(entry.type);
}

/** Messages of which the same event came more than once; a mention is two events. */
function doubledIn(entries: readonly Entry[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const entry of entries) {
    if (entry.type !== 'delivery') continue;
    const one = `${entry.message} ${entry.kind}`;
    if (seen.has(one)) doubled.add(entry.message);
    seen.add(one);
  }
  return doubled;
}

type ByCall = ReadonlyMap<string, Entry[]>;

function entriesByCall(entries: readonly Entry[]): ByCall {
  const about = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (!('call' in entry) || entry.call === null) continue;
    about.set(entry.call, [...(about.get(entry.call) ?? []), entry]);
  }
  return about;
}

function stepOf(entry: Entry, { about, wasCut }: { about: ByCall; wasCut: boolean }): Step | null {
  switch (entry.type) {
    case 'said':
      return { type: 'say', at: entry.at, thread: entry.thread, text: entry.text };
    case 'called':
      return { type: 'call', at: entry.at, thread: entry.thread, calls: [callOf(entry, about.get(entry.call) ?? [])] };
    case 'failed':
      return { type: 'fail', at: entry.at, thread: entry.thread, error: entry.error, retry: entry.retry };
    case 'idle':
      // That it waits for people follows from its calls.
      if (entry.reason === 'requires_action') return null;
      return { type: 'end', at: entry.at, thread: entry.thread, reason: entry.reason, wasCut };
    case 'terminated':
      return { type: 'terminate', at: entry.at, thread: entry.thread };
    default:
      return null;
  }
}

function callOf({ call, tool }: Of<'called'>, about: readonly Entry[]): Call {
  const confirmed = about.find((entry) => entry.type === 'confirmed');
  const returned = about.find((entry) => entry.type === 'returned');
  const isDecided = about.some(({ type }) => type === 'decision');
  const byPolicy = confirmed?.isAllowed === false ? 'deny' : 'allow';
  const asks = tool.asks && (isDecided || confirmed === undefined);
  return { call, tool, permission: asks ? 'ask' : byPolicy, isError: returned?.isError ?? false };
}

/** Calls that came in one go are one step; those of an MCP server stand alone. */
function joins(last: Scene | undefined, step: Step): boolean {
  if (last === undefined || !('step' in last) || last.step.type !== 'call' || step.type !== 'call') return false;
  const isPlain = ({ calls }: { calls: Call[] }) => calls.every(({ tool }) => tool.kind !== 'mcp');
  if (last.step.thread !== step.thread || !isPlain(last.step) || !isPlain(step)) return false;
  last.step.calls.push(...step.calls);
  return true;
}

/** Whether some session was at work in the recording when the scene at `index` came. Pure. */
export function wasBusy(scenes: readonly Scene[], index: number): boolean {
  const before = scenes.slice(0, index);
  const threads = new Set(before.map(threadOf));
  return [...threads].some((thread) => {
    const last = before.findLast((scene) => threadOf(scene) === thread);
    const next = scenes.slice(index).find((scene) => threadOf(scene) === thread && 'step' in scene);
    if (last === undefined || next === undefined) return false;
    if ('act' in last) return true;
    if (last.step.type === 'call')
      return last.step.calls.every(({ permission, tool }) => permission !== 'ask' && tool.kind !== 'custom');
    return last.step.type === 'say' || last.step.type === 'fail';
  });
}

/**
 * Whether the session of a thread has something to do when the scene at `at` comes next: for a message that no turn has
 * answered yet, or before anybody writes there again. Pure.
 */
export function isExpected(scenes: readonly Scene[], { at, thread }: { at: number; thread: string }): boolean {
  const isHere = (scene: Scene) => threadOf(scene) === thread && ('step' in scene || scene.act.type === 'message');
  const next = scenes.slice(at).filter(isHere);
  const last = scenes.slice(0, at).findLast((scene) => isHere(scene) && ('act' in scene || scene.step.type === 'end'));
  const isOwed = last !== undefined && 'act' in last;
  return isOwed ? next.some((scene) => 'step' in scene) : next[0] !== undefined && 'step' in next[0];
}

function threadOf(scene: Scene): string {
  return 'act' in scene ? scene.act.thread : scene.step.thread;
}
