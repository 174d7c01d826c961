import type { MountedFile, Script, ScriptedTurn } from '../script.ts';
import { saying } from './trigger.ts';

const asksForData = saying(['csv', 'csv file', 'spreadsheet']);

/** Really reads the newest mounted CSV, and writes a summary to the outputs. */
export const csv: Script = {
  name: 'csv',
  trigger: 'csv (with a file)',
  shows: 'a mounted CSV read and counted, and a file written back',
  matches: (text) => asksForData(text) || /\/mnt\/session\/uploads\/\S+\.csv/i.test(text) || /\.csv\b/i.test(text),
  async run(agent) {
    const file = findCsv(agent);
    if (!file) return agent.say('No CSV file is mounted in this session. Share one and ask me again.');
    const summary = summarise(file.text());
    await agent.tool('read', { file_path: file.path }, { ms: 600, output: file.text().slice(0, 2000) });
    await agent.say(`Reading \`${file.name}\`: ${summary.rows} rows and ${summary.columns.length} columns.`);
    const name = `${file.name.replace(/\.[^.]*$/, '')}-summary.csv`;
    await agent.tool('write', { file_path: `/mnt/session/outputs/${name}`, content: summary.csv }, { ms: 400 });
    agent.writeOutput({ name, mimeType: 'text/csv', bytes: new TextEncoder().encode(summary.csv) });
    await agent.say(`${summary.table}\n\nI wrote the same numbers to \`${name}\`.`);
  },
};

function findCsv(agent: ScriptedTurn): MountedFile | undefined {
  return agent.session.files().findLast((file) => /\.csv$/i.test(file.name) || file.mimeType === 'text/csv');
}

interface Summary {
  rows: number;
  columns: string[];
  table: string;
  csv: string;
}

/** Rows, columns and the mean of each column that holds numbers only. */
export function summarise(text: string): Summary {
  const [header = [], ...rows] = parseCsv(text);
  const stats = header.map((column, index) => {
    const values = rows.map((row) => row[index] ?? '').filter((value) => value !== '');
    const numbers = values.map(Number);
    const numeric = numbers.length > 0 && numbers.every((number) => Number.isFinite(number));
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    return { column, filled: values.length, mean: numeric ? String(Math.round(mean * 100) / 100) : '' };
  });
  const lines = stats.map(({ column, filled, mean }) => `| ${column} | ${filled} | ${mean || '–'} |`);
  return {
    rows: rows.length,
    columns: header,
    table: `| column | filled | mean |\n|---|---:|---:|\n${lines.join('\n')}`,
    csv: ['column,filled,mean', ...stats.map((row) => `${quote(row.column)},${row.filled},${row.mean}`)].join('\n'),
  };
}

/** Comma separated, with quoted fields that may hold commas, quotes and line ends. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, separator] of text.trim().matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)?.push((quoted?.replaceAll('""', '"') ?? bare ?? '').trim());
    if (separator === '') break;
    if (separator !== ',') rows.push([]);
  }
  return rows;
}

function quote(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
