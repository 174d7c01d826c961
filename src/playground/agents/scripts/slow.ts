import type { Script, ScriptedTurn } from '../script.ts';
import type { Words } from '../words.ts';
import { tellFiles } from './tell-files.ts';
import { saying } from './trigger.ts';

/** Half a minute of work in steps, listening between them: can be steered and stopped. */
export const slow: Script = {
  name: 'slow',
  trigger: 'slow · take your time',
  shows: 'half a minute of work that listens: reply to steer it, stop it at any time',
  matches: saying(['slow', 'slowly', 'take your time']),
  async run(agent) {
    await agent.think();
    await agent.say("I'll take my time with this: six steps, about half a minute. Reply to steer me, or stop me.");
    for (const [index, step] of STEPS.entries()) {
      await agent.tool('bash', { command: step.command }, { ms: 4200, output: step.output });
      await agent.say(`Step ${index + 1} of ${STEPS.length}: ${step.finding}`);
      await changeCourse(agent);
    }
    await agent.say(conclusion(agent.heard().all));
  },
};

/** Steering is quoted back, so that the person sees it was heard while the work went on. */
async function changeCourse(agent: ScriptedTurn): Promise<void> {
  for (let news = agent.heard().news; news.length > 0; news = agent.heard().news) {
    const brought = await Promise.all(news.map((words) => tellFiles(agent, words)));
    const files = brought.filter((told) => told !== null).map((told) => `\n\n${told}`);
    const quotes = news.map(({ person, text }) => `> ${text}${person ? ` (${person})` : ''}`).join('\n');
    await agent.say(
      `Changing course, because you told me:\n\n${quotes}${files.join('')}\n\nI'll take that into account from here on.`,
    );
  }
}

function conclusion(heard: Words[]): string {
  const taken = heard.map(({ text }) => `\n- as you asked: ${text}`).join('');
  return `Done. The backlog was one stuck consumer; restarting it drained the queue.${taken}`;
}

const STEPS = [
  { command: 'kubectl get pods -n shop', output: 'checkout-1 Running\ncheckout-2 Running', finding: 'all pods run.' },
  { command: 'kubectl top pods -n shop', output: 'checkout-2 980m', finding: '`checkout-2` is busier than the rest.' },
  { command: 'tail -n 200 /var/log/checkout-2.log', output: 'timeout\ntimeout', finding: 'it logs timeouts.' },
  { command: 'psql -c "select * from pg_stat_activity"', output: '31 rows', finding: 'the database is calm.' },
  { command: 'rabbitmqctl list_queues', output: 'orders 18211', finding: 'the `orders` queue is long.' },
  { command: 'rabbitmqctl list_consumers', output: 'orders 0', finding: 'nobody consumes it.' },
];

const MINUTES = /\bminutes?\s+(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s+minutes?\b/i;
const BEAT_MS = 2000;

/** One answer that grows steadily for as long as it is told to, by the clock and whatever the pace. */
export const minutes: Script = {
  name: 'minutes',
  trigger: 'minutes N',
  shows: 'one answer that grows steadily for N minutes',
  matches: (text) => text.split(/\s+/).length <= 8 && MINUTES.test(text),
  async run(agent) {
    const match = MINUTES.exec(agent.text);
    const wanted = Math.min(60, Number(match?.[1] ?? match?.[2] ?? 1));
    const beats = Math.max(1, Math.round((wanted * 60_000) / BEAT_MS));
    const lines = Array.from({ length: beats }, (_, beat) => line(beat + 1, beats));
    await agent.say(lines.join(''), { chunk: LINE_CHARS, everyMs: BEAT_MS, unpaced: true });
  },
};

const LINE_CHARS = 48;

/** Every line has the same length, so that one delta is one line. */
function line(beat: number, beats: number): string {
  return `${`${beat} of ${beats}: still at work, all is well.`.padEnd(LINE_CHARS - 2)}\n\n`;
}
