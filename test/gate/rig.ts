import { pino } from 'pino';
import { z } from 'zod';
import { createGate, type OpenGate } from '../../src/gate/gate.ts';
import { compilePolicy } from '../../src/gate/policy/compile.ts';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { ToolCall } from '../../src/thread/event.ts';
import type {
  Audit,
  AuditEntry,
  Directory,
  HandlerTool,
  Person,
  PersonTool,
  Tool,
  Tools,
  Workspace,
} from '../../src/thread/gate-ports.ts';
import { type SessionId, type SlackTs, sessionId, type ThreadId, threadId } from '../../src/thread/ids.ts';
import type { BudgetSubject, Choice, Question, Ruling, Standing } from '../../src/thread/question.ts';
import { manualClock } from '../playground/slack/manual-clock.ts';

const CHANNEL = 'C1';
export const THREAD = threadId({ team: 'T1', channel: CHANNEL, root: '1700000000.000100' as SlackTs });
export const SESSION: SessionId = sessionId('sesn_1');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The gate over a real store and a real policy; people, tools and the audit are in the test's hands. */
export interface Rig {
  gate: OpenGate['gate'];
  desk: OpenGate['desk'];
  clock: ReturnType<typeof manualClock>;
  people: People;
  audit: AuditEntry[];
  /** Whether the audit refuses. */
  breakAudit(isBroken: boolean): void;
  /** It refuses entries of this type alone. */
  breakAuditFor(type: AuditEntry['type']): void;
  woken: ThreadId[];
  store: Store;
  ask(tool?: Partial<ToolCall>, more?: Partial<Question>): Promise<Standing>;
  decide(standing: Standing, by: string, choice: Choice): Promise<Ruling>;
  /** Another process, over the same store. */
  restart(section?: GateSection, tools?: Tool[]): Promise<void>;
  stop(): Promise<void>;
}

interface People {
  persons: Map<string, Person>;
  members: Set<string>;
  groups: Map<string, string[]>;
  /** Slack cannot say anything now. */
  isDown: boolean;
  /** What was asked of it. */
  asked: string[];
}

export interface RigOptions {
  section?: GateSection;
  tools?: Tool[];
  startMs?: number;
  /** Told of every wake. */
  onWake?(thread: ThreadId): void;
}

export async function startRig({
  section = {},
  startMs = Date.UTC(2026, 10, 2, 9),
  ...more
}: RigOptions = {}): Promise<Rig> {
  const options: RigOptions & { tools: Tool[] } = { tools: [], ...more };
  const clock = manualClock(startMs);
  const log = pino({ level: 'silent' });
  const store = openStore({ dataFolder: ':memory:', log, clock });
  const people: People = {
    persons: new Map(
      [
        ...['U1', 'U2', 'U3', 'U4'].map((id) => [id, 'member'] as const),
        ['UGUEST', 'guest'] as const,
        ['UBOT', 'bot'] as const,
        ['UOUT', 'outsider'] as const,
        ['UGONE', 'gone'] as const,
      ].map(([id, standing]) => [id, { id, name: `Name of ${id}`, standing }]),
    ),
    members: new Set(['U1', 'U2', 'U3', 'UGUEST', 'UBOT', 'UOUT', 'UGONE']),
    groups: new Map(),
    isDown: false,
    asked: [],
  };
  const audit: AuditEntry[] = [];
  let refuses: (entry: AuditEntry) => boolean = () => false;
  const woken: ThreadId[] = [];
  let calls = 0;

  const wake = (thread: ThreadId) => {
    woken.push(thread);
    options.onWake?.(thread);
  };
  const open = (policy: GateSection, tools: Tool[]) =>
    createGate({
      policy: compilePolicy(policy),
      tools: toolbox(tools),
      directory: directoryOf(people),
      workspace: NO_WORKSPACE,
      questions: store.questions,
      grants: store.grants,
      spending: store.spending,
      audit: auditInto(audit, (entry) => refuses(entry)),
      dispatcher: {
        wake,
        wakeAt: async () => {},
        async wakeAfter(thread, work) {
          const done = await work();
          wake(thread);
          return done;
        },
      },
      clock,
      log,
    });
  let opened = open(section, options.tools);

  return {
    get gate() {
      return opened.gate;
    },
    get desk() {
      return opened.desk;
    },
    clock,
    people,
    audit,
    breakAudit(isBroken) {
      refuses = () => isBroken;
    },
    breakAuditFor(type) {
      refuses = (entry) => entry.type === type;
    },
    woken,
    store,
    ask(tool, more) {
      calls += 1;
      return opened.gate.consider(call(`sevt_${calls}`, tool, more));
    },
    decide: (standing, by, choice) => opened.desk.decide({ question: standing.id, by, choice }),
    async restart(policy = section, tools = options.tools) {
      await opened.stop();
      opened = open(policy, tools);
    },
    async stop() {
      await opened.stop();
      store.close();
    },
  };
}

export function call(callId: string, tool: Partial<ToolCall> = {}, more: Partial<Question> = {}): Question {
  return {
    thread: THREAD,
    session: SESSION,
    subject: {
      type: 'tool',
      callId,
      tool: { kind: 'built-in', name: 'bash', input: { command: 'npm test' }, asks: true, ...tool },
      child: null,
    },
    requesters: ['U1'],
    ...more,
  };
}

export function budget(subject: Partial<BudgetSubject> = {}): Question {
  return {
    thread: THREAD,
    session: SESSION,
    subject: { type: 'budget', scope: 'thread', occasion: 'sevt_cap', usedCents: 53, capCents: 50, ...subject },
    requesters: ['U1'],
  };
}

/** A rule of the policy; about every tool, unless it says otherwise. */
export function rule(
  name: string,
  verdict: Rule['then'],
  { match = { tool: '*' }, ...more }: Partial<Omit<Rule, 'name' | 'then'>> = {},
): Rule {
  // biome-ignore lint/suspicious/noThenProperty: the word of the file; nobody awaits a rule
  return { name, match, then: verdict, ...more };
}

type Rule = NonNullable<GateSection['rules']>[number];

export const APPROVE: Choice = { type: 'approve', forThread: false };
export const APPROVE_FOR_THREAD: Choice = { type: 'approve', forThread: true };
export const deny = (reason: string | null = null): Choice => ({ type: 'deny', reason });

/** A tool of ours that does what `run` does. */
export function handler(run: HandlerTool['run'], more: Partial<HandlerTool> = {}): HandlerTool {
  return {
    type: 'handler',
    name: 'deploy',
    description: 'Deploys.',
    inputSchema: { type: 'object' },
    check: (input) => {
      const { success, error } = z.object({ service: z.string() }).safeParse(input);
      return success ? null : (error?.issues[0]?.message ?? 'wrong');
    },
    people: 'ask',
    timeoutMs: 30_000,
    isRepeatable: false,
    run,
    ...more,
  };
}

/** A tool that asks a person for one of two colours, or for words. */
export function askColour(more: Partial<PersonTool> = {}): PersonTool {
  const options = ['red', 'blue'].map((value) => ({ label: value.toUpperCase(), value }));
  return {
    type: 'person',
    name: 'ask_colour',
    description: 'Asks.',
    inputSchema: { type: 'object' },
    check: () => null,
    ask: (input) => ({
      question: 'Which colour?',
      form: {
        fields: [
          { name: 'colour', label: 'Colour', hint: null, required: true, type: 'choice', options, initial: null },
        ],
      },
      buttons: options,
      person: (input as { person?: string }).person ?? null,
    }),
    read: (_, { colour }) =>
      colour === 'red' || colour === 'blue' ? { text: String(colour) } : { errors: { colour: 'Choose red or blue.' } },
    ...more,
  };
}

function toolbox(tools: Tool[]): Tools {
  return { find: (name) => tools.find((tool) => tool.name === name), names: () => tools.map(({ name }) => name) };
}

function directoryOf(people: People): Directory {
  const answer = async <T>(question: string, give: () => T): Promise<T> => {
    people.asked.push(question);
    if (people.isDown) throw new Error('Slack cannot say');
    return give();
  };
  return {
    person: (user) =>
      answer(`person ${user}`, () => people.persons.get(user) ?? { id: user, name: user, standing: 'gone' }),
    isMember: (channel, user) =>
      answer(`isMember ${channel} ${user}`, () =>
        channel.startsWith('D') ? user === 'U1' : channel === CHANNEL && people.members.has(user),
      ),
    group: (group) =>
      answer(`group ${group}`, () => {
        const found = people.groups.get(group);
        if (!found) throw new Error('no such group');
        return found;
      }),
    find: (query) =>
      answer(`find ${query}`, () =>
        [...people.persons.values()].filter(({ id, name }) => id === query || name.endsWith(query)),
      ),
  };
}

function auditInto(entries: AuditEntry[], refuses: (entry: AuditEntry) => boolean): Audit {
  return {
    async record(entry) {
      if (refuses(entry)) throw new Error('the disk is full');
      entries.push(entry);
    },
  };
}

const NO_WORKSPACE: Workspace = {
  readThread: async () => [],
  postMessage: async () => ({ ts: '1700000000.000100' }),
};

/** What an audit says in short. */
export function brief(entries: AuditEntry[]): string[] {
  return entries.map((entry) => {
    const by = entry.by ?? '-';
    switch (entry.type) {
      case 'verdict':
        return `verdict ${entry.verdict} ${entry.rule ?? '-'}`;
      case 'decision':
        return `decision ${entry.choice} by ${by}`;
      case 'refused':
        return `refused ${entry.why} to ${by}`;
      case 'answer':
        return `answer ${entry.answer} ${entry.how}`;
      case 'nudge':
        return `nudge ${entry.nudge}`;
      default:
        return entry.type;
    }
  });
}
