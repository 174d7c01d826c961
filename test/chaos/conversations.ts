import type { PostFile } from '../../src/playground/page/contract.ts';
import type { Person } from './person.ts';

/** Something that people do with the bot, in one thread. It waits for what it sees, never for a time. */
export interface Conversation {
  name: string;
  talk(person: Person): Promise<void>;
  /** The files that the agent makes in it. */
  makes?: string[];
  /** What a tool of the bot's own says in another channel. */
  posts?: string;
}

export const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'plain',
    async talk(person) {
      person.say('what is a drawbridge?');
      person.say('and who lowers it?');
      await answered(person, 1);
      person.say('thank you');
    },
  },
  {
    name: 'tools',
    async talk(person) {
      person.say('why did checkout latency jump?');
    },
  },
  {
    name: 'approval',
    async talk(person) {
      person.say('deploy checkout');
      await person.until('it asks', () => calls(person).length > 0);
      person.say('tell me when it is done');
      await person.press('approve');
    },
  },
  {
    name: 'question',
    async talk(person) {
      person.say('two at once');
      await person.until('it asks', () => calls(person).length === 2);
      await person.press('deny-all');
    },
  },
  {
    name: 'handler',
    posts: 'goes out at',
    async talk(person) {
      person.say('post message');
      await person.press('approve');
    },
  },
  {
    name: 'steer',
    async talk(person) {
      person.say('take your time');
      await person.until('it works', () => toldBy(person, 'Step 1'));
      person.say('look at the database too');
      await person.until('it goes on', () => toldBy(person, 'Step 3'));
      person.say('and at the queue');
    },
  },
  {
    name: 'stop',
    async talk(person) {
      person.say('take your time');
      await person.until('people see it work', () => person.read().some((words) => words.includes('Step 2')));
      person.stop();
      // With a bot that was away for long, the turn may have ended before.
      await answered(person, 1);
      person.say('what was it about?');
    },
  },
  {
    name: 'files',
    makes: ['summary.csv', 'chart.png'],
    async talk(person) {
      person.say('what does it say?', [file('orders.csv', 'region,orders\nnorth,10\nsouth,30\n')]);
      person.say('and this one?', [file('notes.txt', 'the south is late\n')]);
    },
  },
];

function file(name: string, content: string): PostFile {
  return { name, base64: Buffer.from(content).toString('base64') };
}

/** The calls that wait for people. */
function calls(person: Person) {
  return person.events().filter(({ evaluated_permission: permission }) => permission === 'ask');
}

function toldBy(person: Person, words: string): boolean {
  return person
    .events()
    .some(({ type, content }) => type === 'agent.message' && JSON.stringify(content).includes(words));
}

async function answered(person: Person, turns: number): Promise<void> {
  const ends = () => person.events().filter(({ type }) => type === 'session.status_idle').length;
  await person.until(`${turns} turn(s) end`, () => ends() >= turns);
}
