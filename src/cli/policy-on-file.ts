import type { Policy } from '../gate/policy/policy.ts';
import { unreadable } from './cli-error.ts';
import { counted } from './counted.ts';
import { type Judged, judgeCall, nameCall, rulesOf } from './judge-call.ts';
import { readCalls, type TestCall } from './read-calls.ts';
import { table } from './table.ts';
import { tally, type Verdicts } from './tally.ts';
import type { World } from './world.ts';

interface Result {
  call: TestCall;
  judged: Judged;
  /** Null: nothing was expected. */
  isRight: boolean | null;
}

/** Judges the calls of a file. Exit code 1 when one is not as expected. */
export async function testOnFile(
  policy: Policy,
  { file, json }: { file: string; json: boolean },
  world: World,
): Promise<number> {
  const results = readCalls(file, readText(file, world)).map((call): Result => {
    const judged = judgeCall(policy, call);
    return { call, judged, isRight: call.expect === null ? null : judged.verdict === call.expect };
  });
  const verdicts = tally(results.map(({ judged }) => judged.verdict));
  const wrong = results.filter(({ isRight }) => isRight === false).length;
  await world.print(json ? asJson(results, { verdicts, wrong }) : asText(results, { verdicts, wrong }));
  return wrong > 0 ? 1 : 0;
}

function readText(file: string, world: World): string {
  try {
    return world.readFile(file);
  } catch (error) {
    throw unreadable(file, { error, advice: 'give a file of tool calls, such as {"tool": "bash"} on each line.' });
  }
}

interface Sums {
  verdicts: Verdicts;
  wrong: number;
}

function asText(results: Result[], sums: Sums): string {
  const expects = results.some(({ isRight }) => isRight !== null);
  const rows = results.map(({ call, judged, isRight }) => [
    judged.verdict,
    ...(expects ? [isRight === false ? `WRONG: ${call.expect}` : (call.expect ?? '-')] : []),
    rulesOf(judged),
    nameCall(call),
  ]);
  const heading = ['VERDICT', ...(expects ? ['EXPECTED'] : []), 'RULE', 'CALL'];
  return `${table([heading, ...rows])}\n${summary(results, sums)}`;
}

function summary(results: Result[], { verdicts: { allow, ask, deny, unknown }, wrong }: Sums): string {
  const lines = [`${counted(results.length, 'call', 'calls')}: ${allow} allowed, ${ask} asked, ${deny} denied`];
  if (unknown > 0) lines.push(`Unknown: ${unknown}, where a rule reads the input and the call has none`);
  const expected = results.filter(({ isRight }) => isRight !== null).length;
  if (wrong > 0) lines.push(`${wrong} of ${expected} are not as expected: change the policy, or what is expected`);
  else if (expected > 0) lines.push(`As expected: ${expected}`);
  return lines.map((line) => `${line}.\n`).join('');
}

function asJson(results: Result[], { verdicts, wrong }: Sums): string {
  const calls = results.map(({ call, judged, isRight }) => ({
    ...call,
    verdict: judged.verdict,
    rules: judged.rules,
    reason: judged.verdict === 'unknown' ? null : judged.reason,
    isRight,
  }));
  return `${JSON.stringify({ calls, verdicts, wrong }, null, 2)}\n`;
}
