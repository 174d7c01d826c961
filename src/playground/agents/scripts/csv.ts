import type { MountedFile, Script, ScriptedTurn } from '../script.ts';
import { drawChart, type Series } from './chart.ts';
import { tellFiles } from './tell-files.ts';
import { saying } from './trigger.ts';

const asksForData = saying(['csv', 'csv file', 'spreadsheet', 'chart']);
const NAMED = /\.csv$/i;
/** The scripted agent reads no more than this of a file. */
const READ_BYTES = 5_000_000;

/** Really reads a mounted CSV, and writes a summary and a chart to the outputs. */
export const csv: Script = {
  name: 'csv',
  trigger: 'csv · chart (with a file)',
  shows: 'a mounted CSV read and counted, and a summary and a chart written back',
  matches: (text, files) =>
    files.some(({ name, mimeType }) => NAMED.test(name) || mimeType === 'text/csv') ||
    asksForData(text) ||
    /\.csv\b/i.test(text),
  async run(agent) {
    const brought = await tellFiles(agent, agent);
    if (brought !== null) await agent.say(brought);
    const file = findCsv(agent);
    if (!file) return agent.say('No CSV file is mounted in this session. Share one and ask me again.');
    const text = await readStart(file);
    const summary = summarise(text);
    await agent.tool('read', { file_path: file.path }, { ms: 600, output: text.slice(0, 2000) });
    await agent.say(`Reading \`${file.name}\`: ${summary.rows} rows and ${summary.columns.length} columns.`);
    await write(agent, { name: 'summary.csv', mimeType: 'text/csv', bytes: new TextEncoder().encode(summary.csv) });
    if (summary.series.length > 0) {
      const chart = drawChart(summary.series, summary.labels);
      await write(agent, { name: 'chart.png', mimeType: 'image/png', bytes: chart });
    }
    const drawn =
      summary.series.length > 0 ? ', and drew `chart.png`' : '; no column holds numbers only, so I drew nothing';
    await agent.say(`${summary.table}\n\nI wrote the same numbers to \`summary.csv\`${drawn}.`);
  },
};

/** One that this message brings, else the newest. */
function findCsv({ session, files }: ScriptedTurn): MountedFile | undefined {
  const all = session.files.mounted().filter((file) => NAMED.test(file.name) || file.mimeType === 'text/csv');
  return all.findLast(({ path }) => files.some((file) => file.path === path)) ?? all.at(-1);
}

async function readStart({ bytes }: MountedFile): Promise<string> {
  const text = await bytes.slice(0, READ_BYTES).text();
  return bytes.size > READ_BYTES ? text.slice(0, text.lastIndexOf('\n')) : text;
}

async function write(agent: ScriptedTurn, file: { name: string; mimeType: string; bytes: Uint8Array }): Promise<void> {
  const file_path = `/mnt/session/outputs/${file.name}`;
  const content = file.mimeType.startsWith('text/') ? new TextDecoder().decode(file.bytes) : file.mimeType;
  await agent.tool('write', { file_path, content }, { ms: 400 });
  await agent.session.files.write(file);
}

interface Summary {
  rows: number;
  columns: string[];
  table: string;
  csv: string;
  /** The columns that hold numbers only. */
  series: Series[];
  /** What the first other column says, by row. */
  labels: string[];
}

/** Rows, columns and the mean of each column that holds numbers only. */
export function summarise(text: string): Summary {
  const [header = [], ...rows] = parseCsv(text);
  const columns = header.map((name, index) => columnOf(name, { rows, index }));
  const lines = columns.map(({ name, filled, mean }) => `| ${name} | ${filled} | ${mean || '–'} |`);
  const words = columns.findIndex(({ values }) => values === null);
  return {
    rows: rows.length,
    columns: header,
    table: `| column | filled | mean |\n|---|---:|---:|\n${lines.join('\n')}`,
    csv: ['column,filled,mean', ...columns.map((row) => `${quote(row.name)},${row.filled},${row.mean}`)].join('\n'),
    series: columns.flatMap(({ name, values }) => (values === null ? [] : [{ name, values }])),
    labels: words === -1 ? [] : rows.map((row) => row[words] ?? ''),
  };
}

function columnOf(name: string, { rows, index }: { rows: string[][]; index: number }) {
  const cells = rows.map((row) => row[index] ?? '');
  const numbers = cells.filter((cell) => cell !== '').map(Number);
  const isNumeric = numbers.length > 0 && numbers.every((number) => Number.isFinite(number));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return {
    name,
    filled: numbers.length,
    mean: isNumeric ? String(Math.round(mean * 100) / 100) : '',
    values: isNumeric ? cells.map((cell) => (cell === '' ? null : Number(cell))) : null,
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
