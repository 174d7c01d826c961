/**
 * From a click on Approve to the agent running again: the built bot as a process of its own, with real Bolt and the
 * real SDK, between the two local servers. Run it with `npm run bench:click`; CLICKS says how many.
 */
import { it } from 'vitest';
import type { Script } from '../../src/playground/agents/script.ts';
import { type CrashRig, startCrashRig, type Thread } from '../e2e/crash-rig.ts';

const CLICKS = Number(process.env.CLICKS ?? 100);
/** Tool calls that stand in the history before the one that waits. */
const LONG = 300;

const asks: Script = {
  name: 'asks',
  trigger: '',
  shows: '',
  matches: () => true,
  async run(agent) {
    if (agent.text.includes('long')) {
      for (let call = 0; call < LONG; call += 1)
        await agent.tool('bash', { command: `echo ${call}` }, { output: 'ok' });
    }
    await agent.tool('bash', { command: './deploy.sh' }, { permission: 'ask', output: 'done' });
    await agent.say('Deployed.');
  },
};

interface Took {
  /** ms until the agents API had the answer. */
  answered: number;
  /** ms until the session ran. */
  running: number;
}

it('measures', async () => {
  const rows = [
    await measure({ name: 'channel', where: '#ops', text: '@Drawbridge deploy', clicks: CLICKS }),
    await measure({ name: 'direct message', where: 'dm', text: 'deploy', clicks: CLICKS }),
    await measure({ name: `${LONG} calls before`, where: '#ops', text: '@Drawbridge deploy long', clicks: CLICKS / 5 }),
  ];
  process.stdout.write(table(rows));
});

interface Round {
  name: string;
  where: '#ops' | 'dm';
  text: string;
  clicks: number;
}

/** So many threads are asked in together, and then pressed in one after the other. */
const TOGETHER = 10;

async function measure({ name, where, text, clicks }: Round): Promise<Row> {
  const rig = await startCrashRig({ agents: { pace: 0, scripts: [asks] } });
  const channel = where === 'dm' ? rig.dm('Ana') : rig.channel(where);
  const took: Took[] = [];
  while (took.length < clicks) {
    const roots = await Promise.all(Array.from({ length: TOGETHER }, () => rig.say('Ana', text, { channel })));
    for (const root of roots) await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    await rig.until('every thread is put down', () => rig.agents.records().openStreams === 0);
    for (const root of roots) {
      took.push(await press(rig, { channel, root }));
      await rig.until('the agent is done', () => rig.events(root).at(-1)?.stop_details === null);
    }
    for (const root of roots) await rig.ended(channel, root);
  }
  await rig.stop();
  return { name, took };
}

interface Row {
  name: string;
  took: Took[];
}

async function press(rig: CrashRig, { channel, root }: Thread): Promise<Took> {
  const at = Date.now();
  await rig.press('Ana', 'approve', { channel, root });
  const since = (type: string) => {
    const event = rig.events(root).findLast((each) => each.type === type);
    return Date.parse(String(event?.processed_at)) - at;
  };
  await rig.until('the session has it', () => since('user.tool_confirmation') >= 0);
  await rig.until('the session runs', () => since('session.status_running') >= 0);
  return { answered: since('user.tool_confirmation'), running: since('session.status_running') };
}

function table(rows: Row[]): string {
  const head = ['from the click', 'clicks', 'to the answer: p50', 'p95', 'max', 'to running: p50', 'p95', 'max'];
  const cells = rows.map(({ name, took }) => [
    name,
    String(took.length),
    ...figures(took.map(({ answered }) => answered)),
    ...figures(took.map(({ running }) => running)),
  ]);
  const widths = head.map((words, column) => Math.max(words.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `\n${[head, ...cells].map(line).join('\n')}\n`;
}

function figures(times: number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => `${sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? 0} ms`;
  return [at(0.5), at(0.95), at(1)];
}
