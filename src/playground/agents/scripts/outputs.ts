import type { Script, ScriptedTurn } from '../script.ts';
import { saying } from './trigger.ts';

/** Ten files at once; asked again it writes all ten again, and one of them says something else. */
export const tenFiles: Script = {
  name: 'ten files',
  trigger: 'ten files, then again',
  shows: 'ten files written at once; `again` writes them all again, and exactly one is different',
  matches: (text) => asksForTen(text) || /^\W*again\W*$/i.test(text),
  async run(agent) {
    const { files } = agent.session;
    const round = files.written().filter((name) => name === CHANGING).length + 1;
    await agent.tool('bash', { command: 'make parts' }, { ms: 800, output: `${TEN.length} files written` });
    for (const name of TEN) await write(agent, name, name === CHANGING ? `${name}, round ${round}\n` : `${name}\n`);
    if (round === 1) return agent.say('I wrote ten files. Write **again**, and I write them again with one change.');
    await agent.say(`I wrote the ten files again. Only \`${CHANGING}\` is different.`);
  },
};

const asksForTen = saying(['ten files', '10 files'], { maxWords: 5 });
const TEN = Array.from({ length: 10 }, (_, index) => `part-${String(index + 1).padStart(2, '0')}.txt`);
const CHANGING = 'part-04.txt';

/** A file that is there while the work goes on, and another one that is written a second time at its end. */
export const longReport: Script = {
  name: 'long report',
  trigger: 'long report',
  shows: 'two files written early in a long turn, one of them written again at its end',
  matches: saying(['long report'], { maxWords: 5 }),
  async run(agent) {
    const report = { file_path: '/mnt/session/outputs/report.csv', content: 'region,orders\nnorth,10\n' };
    const notes = { file_path: '/mnt/session/outputs/notes.txt', content: 'Two regions are missing.\n' };
    for (const input of [report, notes]) {
      await agent.tool('write', input, { ms: 400 });
      await write(agent, input.file_path.replace(/^.*\//, ''), input.content);
    }
    await agent.say('The first region is done, the rest takes a while.');
    for (const region of ['south', 'west', 'east']) {
      await agent.tool('bash', { command: `make ${region}` }, { ms: 4_000, output: 'done' });
    }
    const whole = `${report.content}south,30\nwest,20\neast,40\n`;
    await agent.tool('write', { ...report, content: whole }, { ms: 400 });
    await write(agent, 'report.csv', whole);
    await agent.say('I wrote `report.csv` with all four regions, and `notes.txt`.');
  },
};

export const noOutput: Script = {
  name: 'no output',
  trigger: 'no output',
  shows: 'a turn that announces a file and writes none',
  matches: saying(['no output'], { maxWords: 4 }),
  async run(agent) {
    await agent.say('I looked for something to write to `/mnt/session/outputs`, and there was nothing.');
  },
};

export const emptyOutput: Script = {
  name: 'empty output',
  trigger: 'empty output',
  shows: 'a file of 0 bytes',
  matches: saying(['empty output', 'empty file'], { maxWords: 4 }),
  async run(agent) {
    await agent.tool('bash', { command: 'touch /mnt/session/outputs/empty.txt' }, { ms: 400 });
    await write(agent, 'empty.txt', '');
    await agent.say('I wrote `empty.txt`, and it has 0 bytes.');
  },
};

export const bigOutput: Script = {
  name: 'big output',
  trigger: 'big output · 300 MB output',
  shows: 'a file of 25 MB, or of as many as you say (up to 500)',
  matches: (text) => asksForMuch(text) || MEGABYTES.test(text),
  async run(agent) {
    const asked = Number(MEGABYTES.exec(agent.text)?.[1] ?? 25);
    const megabytes = Math.min(500, Math.max(1, asked));
    const bytes = Buffer.alloc(megabytes * 1_000_000, 'All work and no play makes a large file.\n');
    await agent.tool('bash', { command: 'make log > /mnt/session/outputs/big.log' }, { ms: 400 });
    await agent.session.files.write({ name: 'big.log', mimeType: 'text/plain', bytes });
    await agent.say(`I wrote \`big.log\`: ${megabytes} MB.`);
  },
};

const asksForMuch = saying(['big output', 'large output', 'huge output'], { maxWords: 5 });
const MEGABYTES = /^\W*(\d{1,3}) ?MB output\W*$/i;

function write({ session }: ScriptedTurn, name: string, text: string): Promise<void> {
  return session.files.write({ name, mimeType: 'text/plain', bytes: new TextEncoder().encode(text) });
}
