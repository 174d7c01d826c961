import type { Script } from '../script.ts';
import { saying } from './trigger.ts';

const isLatencyQuestion = /\bwhy\b.*\b(latency|slow|jump(ed)?|spik(e|ed)|down)\b/i;
const asksForTools = saying(['tools', 'tool', 'investigate']);

/** Several rounds of tools with text between them. */
export const investigation: Script = {
  name: 'tools',
  trigger: 'tools · why did checkout latency jump?',
  shows: 'an investigation in several rounds of bash, grep, read and web search',
  matches: (text) => asksForTools(text) || isLatencyQuestion.test(text),
  async run(agent) {
    await agent.think();
    await agent.say(
      `I'll start with what changed around the time of the jump${agent.person ? `, ${agent.person}` : ''}.`,
    );
    await agent.tool(
      'bash',
      { command: 'git log --since="24 hours ago" --oneline -- services/checkout' },
      { ms: 900, output: '4f1c2aa checkout: price each basket line on its own\n9be01d7 checkout: bump pg to 8.13' },
    );
    await agent.tool(
      'grep',
      { pattern: 'getPrice\\(', path: 'services/checkout/src' },
      {
        ms: 500,
        output: 'src/basket.ts:41:  const prices = await Promise.all(lines.map((line) => getPrice(line.sku)));',
      },
    );
    await agent.say('One of the two commits asks for prices line by line. Reading that file.');
    await agent.tool(
      'read',
      { file_path: '/workspace/shop/services/checkout/src/basket.ts', view_range: [30, 60] },
      { ms: 400, output: BASKET },
    );
    await agent.tool(
      'web_search',
      { query: 'postgres n+1 queries connection pool wait latency' },
      { ms: 1200, output: 'N+1 queries hold a connection for each row; p95 grows with basket size.' },
    );
    await agent.think();
    await agent.say(FINDING);
  },
};

const BASKET = `export async function priceBasket(lines: Line[]) {
  // one query for each line since 4f1c2aa
  const prices = await Promise.all(lines.map((line) => getPrice(line.sku)));
  return sum(prices);
}`;

const FINDING = `**Checkout latency jumped because each basket line now makes its own price query.**

- Commit \`4f1c2aa\` (yesterday, 16:12) replaced one \`getPrices(skus)\` by \`getPrice(sku)\` for each line.
- A basket of 20 lines holds 20 of the pool's 25 connections, so other requests wait.

The smallest fix is to go back to the batch query:

\`\`\`ts
const prices = await getPrices(lines.map((line) => line.sku));
\`\`\`

I'd deploy that first and look at pool size afterwards.`;
