import type { ThreadId } from '../../src/thread/ids.ts';
import { byTs, type Input, inputKey } from '../../src/thread/input.ts';
import type { Dispatcher, Inbox, ThreadRecord, Threads } from '../../src/thread/ports.ts';
import { memoryDesk } from './gate/memory-desk.ts';

/** The intake's ports in memory, with a hook that runs before an input is stored: to wait, or to fail. */
export function memoryPorts() {
  const inputs = new Map<string, Input>();
  const settled = new Set<string>();
  const records = new Map<ThreadId, ThreadRecord>();
  const wakes: ThreadId[] = [];
  const hooks = { beforeAdd: async (_input: Input): Promise<void> => {} };
  const keyOf = (input: Input) => `${input.thread} ${inputKey(input)}`;

  const inbox: Inbox = {
    async add(input) {
      await hooks.beforeAdd(input);
      if (settled.has(keyOf(input))) return false;
      inputs.set(keyOf(input), input);
      return true;
    },
    list: async (thread) => [...inputs.values()].filter((input) => input.thread === thread).sort(byTs),
    async settle(input) {
      inputs.delete(keyOf(input));
      settled.add(keyOf(input));
    },
    async *waiting() {
      yield* new Set([...inputs.values()].map(({ thread }) => thread));
    },
    async *seen() {},
  };
  const threads: Threads = {
    load: async (thread) => records.get(thread),
    async save(thread, record) {
      records.set(thread, record);
    },
    async *unfinished() {},
    async *parked() {},
  };
  const dispatcher: Dispatcher = {
    wake(thread) {
      wakes.push(thread);
    },
    async wakeAt() {},
    wakeAfter: (_, work) => work(),
  };
  return { inbox, threads, dispatcher, desk: memoryDesk(), hooks, wakes, all: () => [...inputs.values()].sort(byTs) };
}

/** A thread's record as it is once a session serves it; only its being there matters to the intake. */
export function servedRecord(): ThreadRecord {
  return { session: null, since: null, turn: null, sessions: 1 } as ThreadRecord;
}

/** Something to wait for until the test lets it through. */
export function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
