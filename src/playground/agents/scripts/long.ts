import type { Script } from '../script.ts';

const MIN_CHARS = 45_000;

/** An answer too long for one message, with everything in it that is hard to cut. */
export const long: Script = {
  name: 'long',
  trigger: 'long',
  shows: 'an answer of more than 45,000 characters with headings, lists, tables and code',
  matches: (text) => /^long\W*$|\blong (?:answer|report|text)\b/i.test(text),
  async run(agent) {
    await agent.think();
    await agent.say(longReport(), { chunk: 150, everyMs: 20 });
  },
};

/** The same text every time. */
export function longReport(): string {
  const parts = ['# Review of the shop platform\n'];
  let length = 0;
  for (let number = 1; length < MIN_CHARS; number += 1) {
    const part = section(number);
    parts.push(part);
    length += part.length + 1;
  }
  parts.push('## Conclusion\n\nThat was everything; the last sentence of this report is this one.');
  return parts.join('\n');
}

const SERVICES = ['checkout', 'basket', 'search', 'payments', 'catalogue', 'accounts', 'shipping'];

function section(number: number): string {
  const service = SERVICES[number % SERVICES.length] ?? 'checkout';
  const blocks = [
    `## ${number}. The ${service} service\n`,
    `In week ${number} the **${service}** service answered ${(number * 7919) % 90_000} requests a minute at its peak. ${PROSE}\n`,
    list(service, number),
    table(service, number),
  ];
  // A big fence now and then: it has to be closed and reopened where the answer is cut.
  blocks.push(code(service, number % 4 === 0 ? 120 : 8));
  return blocks.join('\n');
}

const PROSE =
  'Most of that load came from clients that ask again too early, and the rest follows the working day. Nothing in the numbers asks for more machines; two of them ask for fewer retries.';

function list(service: string, number: number): string {
  return `- What held up
  - the \`${service}\` cache, with a hit rate of ${80 + (number % 19)} %
  - the queue
    1. accepted in order
    2. drained within ${number % 7} s
- What did not
  - *retries*: see [the runbook](https://runbooks.example.com/${service})
`;
}

function table(service: string, number: number): string {
  const rows = Array.from({ length: 6 }, (_, row) => {
    const p50 = 20 + ((number * 31 + row * 17) % 60);
    return `| ${service}-${row + 1} | ${p50} ms | ${p50 * 4} ms | ${(row * number) % 13} |`;
  });
  return `| instance | p50 | p95 | errors |\n|---|---:|---:|---:|\n${rows.join('\n')}\n`;
}

function code(service: string, lines: number): string {
  const body = Array.from({ length: lines }, (_, line) => `  step(${line}, '${service}'); // ${'='.repeat(line % 12)}`);
  return `\`\`\`ts\nexport function replay_${service}() {\n${body.join('\n')}\n}\n\`\`\`\n`;
}
