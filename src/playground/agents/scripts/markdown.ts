import type { Script } from '../script.ts';
import { saying } from './trigger.ts';

/** A small showcase of what Markdown can hold. */
export const markdown: Script = {
  name: 'markdown',
  trigger: 'table · code',
  shows: 'a short answer with a table, a list, a quote and a code block',
  matches: saying(['table', 'code', 'markdown']),
  async run(agent) {
    await agent.say(SHOWCASE);
  },
};

const SHOWCASE = `## Instances at a glance

| instance | p50 | p95 | healthy |
|---|---:|---:|:---:|
| checkout-1 | 42 ms | 180 ms | yes |
| checkout-2 | 44 ms | 1,900 ms | **no** |

1. \`checkout-2\` waits for connections.
2. Restarting it *helps for an hour*:
   - drain it first
   - then restart

> A restart is not a fix.

\`\`\`bash
kubectl drain checkout-2 && kubectl rollout restart deploy/checkout
\`\`\`

More in [the runbook](https://runbooks.example.com/checkout).`;

/** Tables of every size: what Slack draws as a table, what as a data table, and what is too much for either. */
export const bigTables: Script = {
  name: 'big-tables',
  trigger: 'big table',
  shows: 'tables that are too long and too wide for Slack, beside some that are not',
  matches: saying(['big tables?', 'wide table', 'long table']),
  async run(agent) {
    await agent.say(bigTablesReport(), { chunk: 200, everyMs: 10 });
  },
};

function bigTablesReport(): string {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const hours = numbers(24).map((hour) => `${hour - 1} h`);
  return [
    '## What was measured',
    tableOf(
      ['service', 'requests'],
      [
        ['checkout', '7,919'],
        ['basket', '2,711'],
      ],
    ),
    'A hundred and fifty of them, one by one:',
    tableOf(
      ['request', 'took'],
      numbers(150).map((n) => [`req-${n}`, `${(n * 37) % 400} ms`]),
    ),
    'Two hundred and forty more, which is too long for Slack:',
    tableOf(
      ['trace', 'took'],
      numbers(240).map((n) => [`trace-${n}`, `${(n * 53) % 900} ms`]),
    ),
    'By the hour, which is too wide:',
    tableOf(['service', ...hours], [['checkout', ...hours.map((_, hour) => `${(hour * 31) % 97}`)]]),
    'That is all that was measured.',
  ].join('\n\n');
}

function tableOf(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Text that would ping people or break markup if it were passed on as it is. */
export const pings: Script = {
  name: 'pings',
  trigger: 'ping everyone',
  shows: 'an answer full of mentions, links and markup that must ping nobody',
  matches: saying(['ping everyone', 'ping all', 'mention everyone']),
  async run(agent) {
    await agent.say(PINGS, { chunk: 7 });
  },
};

const PINGS = `Attention <!channel>, <!here> and <!everyone|everyone>: @here, @channel and <@U123> should look at <#C123|general>.

Also <!subteam^S123|@oncall>, the link <https://example.com/?a=1&b=2|the dashboard>, https://example.com/plain and [a third one](https://example.com/md).

<script>alert("not run")</script> & <b>not bold</b> &lt;already escaped&gt;

\`<!channel>\` in code stays as it is.`;
