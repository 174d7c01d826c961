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
