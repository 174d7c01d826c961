import type { Script, ToolOutcome } from '../script.ts';
import { saying } from './trigger.ts';

/** A change to a file, shown as a diff, and then a new file. */
export const edit: Script = {
  name: 'edit',
  trigger: 'edit',
  shows: 'a change to a file and a new file, each shown as a diff and waiting for approval',
  matches: saying(['edit', 'edit it', 'edit a file', 'change a file']),
  async run(agent) {
    await agent.say('Checkout gives up after one try. I would like to change how it retries.');
    const change = { file_path: 'services/checkout/src/retry.ts', old_string: RETRY_ONCE, new_string: RETRY_OFTEN };
    const edited = await agent.tool('edit', change, { permission: 'ask', output: 'The file has been updated.' });
    if (!edited.allowed) return agent.say(`I left \`retry.ts\` as it is${because(edited)}.`);
    const note = { file_path: 'docs/retries.md', content: NOTE };
    const wrote = await agent.tool('write', note, { permission: 'ask', output: 'The file has been written.' });
    if (!wrote.allowed)
      return agent.say(`I changed \`retry.ts\`, and did not write \`docs/retries.md\`${because(wrote)}.`);
    await agent.say('I changed `retry.ts` and wrote `docs/retries.md`.');
  },
};

/** More than any card can hold, with the line that matters at its very end. */
export const bigInput: Script = {
  name: 'big input',
  trigger: 'big input',
  shows: 'a command of 200,000 characters that waits for approval: what matters is its last line',
  matches: saying(['big input', 'large input', 'huge input'], { maxWords: 4 }),
  async run(agent) {
    const outcome = await agent.tool('bash', { command: bigCommand() }, { permission: 'ask', output: 'COMMIT' });
    if (outcome.allowed) return agent.say('The import ran, and its last line deleted the orders of 2019.');
    await agent.say(`I imported nothing and deleted nothing${because(outcome)}.`);
  },
};

/** What must not be seen in a channel, inside of what must be. */
export const secrets: Script = {
  name: 'secrets',
  trigger: 'secrets',
  shows: 'a command with keys, tokens and passwords in it, masked where people see it',
  matches: saying(['secrets', 'secret', 'credentials'], { maxWords: 3 }),
  async run(agent) {
    const outcome = await agent.tool('bash', { command: SECRETS }, { permission: 'ask', output: '1,204 rows copied' });
    if (outcome.allowed) return agent.say('The backup is done: 1,204 rows.');
    await agent.say(`I made no backup${because(outcome)}.`);
  },
};

/** Why something was denied, if whoever did it said so. */
export function because({ denyMessage }: ToolOutcome): string {
  return denyMessage ? `, because: ${denyMessage.replace(/\.$/, '')}` : '';
}

const RETRY_ONCE = `export async function withRetry<T>(run: () => Promise<T>): Promise<T> {
  const tries = 1;
  let last: unknown;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}`;

const RETRY_OFTEN = `export async function withRetry<T>(run: () => Promise<T>): Promise<T> {
  const tries = 5;
  let last: unknown;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      last = error;
      await pause(2 ** attempt * 100);
    }
  }
  throw last;
}`;

const NOTE = `# Retries

Checkout tries a call five times and waits 100, 200, 400, 800 ms between the tries.

- Payments are never retried.
- Whoever changes this asks the payments team first.
`;

const BIG_CHARS = 200_000;

/** The same text every time. */
function bigCommand(): string {
  const rows: string[] = [];
  for (let length = 0; length < BIG_CHARS; ) {
    const id = rows.length + 1;
    const row = `INSERT INTO prices (sku, cents, currency) VALUES ('sku-${String(id).padStart(6, '0')}', ${(id * 37) % 9900}, 'EUR');`;
    rows.push(row);
    length += row.length + 1;
  }
  return [
    "psql shop <<'SQL'",
    'BEGIN;',
    ...rows,
    "DELETE FROM orders WHERE placed_at < '2020-01-01';",
    'COMMIT;',
    'SQL',
  ].join('\n');
}

// The key and the secret are those of Amazon's own documentation; the rest opens nothing either.
const SECRETS = `export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
curl -s -H "Authorization: Bearer playground-4f1c2aa9be01d7c0ffee4f1c2aa9be01" https://internal.example.com/export
pg_dump postgres://backup:correct-horse-battery@db.example.com:5432/shop | gzip > shop.sql.gz`;
