import type { TurnShape } from './plan.ts';

/** What goes on in the workspace: one turn in each of its threads. */
export interface Scenario {
  name: string;
  shows: string;
  turns: readonly TurnShape[];
  /** Within which time, from the beginning, people write. */
  withinMs: number;
}

const QUICK: TurnShape = { tools: 10, seconds: 2.5, answer: 24 };
const BUSY: TurnShape = { tools: 20, seconds: 10, opening: 12, answer: 48 };
const CHATTY: TurnShape = { tools: 120, seconds: 30, opening: 12, remarks: 12, answer: 96 };
const LONG: TurnShape = { tools: 2, seconds: 16, answer: 300, chunk: 100 };
const ASKING: TurnShape = { ...BUSY, asks: 1 };

const times = (count: number, shape: TurnShape) => Array.from({ length: count }, () => shape);
const busy = (name: string, count: number): Scenario => ({
  name,
  shows: `${count} turn(s) of 20 tools in 10 s`,
  turns: times(count, BUSY),
  withinMs: count === 1 ? 0 : 2_000,
});

export const SCENARIOS: readonly Scenario[] = [
  { name: 'quick', shows: 'one quick turn with 10 tools, in a channel', turns: [QUICK], withinMs: 0 },
  { name: 'quick-dm', shows: 'the same in a direct message', turns: [{ ...QUICK, place: 'dm' }], withinMs: 0 },
  busy('one-busy', 1),
  busy('ten-busy', 10),
  busy('fifty-busy', 50),
  busy('four-hundred-busy', 400),
  {
    name: 'chatty',
    shows: 'ten busy turns beside one that never stops talking: 120 tools and 14 texts in 30 s',
    turns: [CHATTY, ...times(10, BUSY)],
    withinMs: 2_000,
  },
  {
    name: 'busy-dm',
    shows: 'thirty busy turns in direct messages, where streams run short',
    turns: times(30, { ...BUSY, place: 'dm' }),
    withinMs: 2_000,
  },
  { name: 'long-answers', shows: 'eight answers of 30,000 characters', turns: times(8, LONG), withinMs: 2_000 },
  {
    name: 'approvals',
    shows: 'twenty busy turns, of which ten ask somebody in the middle',
    turns: [...times(10, BUSY), ...times(10, ASKING)],
    withinMs: 2_000,
  },
];
