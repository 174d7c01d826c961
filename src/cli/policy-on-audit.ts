import { type AuditRecord, type Break, EMPTY_CHAIN, type Head } from '../gate/audit/chain.ts';
import { hashInput } from '../gate/audit/hash.ts';
import type { Policy } from '../gate/policy/policy.ts';
import { parseThreadId } from '../thread/ids.ts';
import { describeBreak } from './audit-verify.ts';
import { CliError } from './cli-error.ts';
import { counted } from './counted.ts';
import { findAudit } from './find-audit.ts';
import { type Judged, judgeCall, type KnownCall, nameCall, rulesOf } from './judge-call.ts';
import { sinceOption } from './since-option.ts';
import { table } from './table.ts';
import { tally } from './tally.ts';
import type { World } from './world.ts';

/** A tool call of the audit, as it was judged then and as the policy judges it now. */
interface PastCall {
  seq: number;
  at: number;
  call: string;
  was: 'allow' | 'ask' | 'deny';
  now: Judged['verdict'];
  rules: string;
  /** What people said last, if they said anything. */
  people: { choice: 'approve' | 'deny'; by: string; reason: string | null } | null;
}

/**
 * Judges the tool calls of the audit anew, and holds that against what people decided. Exit code 1 when the chain is
 * broken, since then it is not known what they decided.
 */
export async function testOnAudit(
  policy: Policy,
  { since, json, ...where }: { since: string; json: boolean; data?: string },
  world: World,
): Promise<number> {
  const from = sinceOption(since, world);
  const { path, links } = findAudit(where, world);
  const past = createPast(policy, from);
  let broken: { broken: Break; head: Head } | null = null;
  let head = EMPTY_CHAIN;
  for await (const link of links) {
    if (link.broken) {
      broken = { broken: link.broken, head };
      break;
    }
    head = { seq: link.record.seq, hash: link.record.hash };
    past.add(link.record);
  }
  if (broken) {
    world.complain(describeBreak(path, broken));
    return 1;
  }
  const calls = past.calls();
  if (calls.length === 0) {
    const when = new Date(from).toISOString();
    throw new CliError(`${path} has no tool calls that were judged since ${when}: give an earlier --since.`);
  }
  await world.print(json ? asJson(calls, from) : asText(calls, from));
  return 0;
}

function createPast(policy: Policy, from: number) {
  /** Asked, and not judged yet. */
  const asked = new Map<string, { seq: number; at: number; call: Omit<KnownCall, 'base'> }>();
  const judged = new Map<string, PastCall>();
  return {
    add(record: AuditRecord): void {
      switch (record.type) {
        case 'question': {
          const call = callOf(record);
          if (call && record.at >= from) asked.set(record.question, { seq: record.seq, at: record.at, call });
          return;
        }
        case 'verdict': {
          const open = asked.get(record.question);
          if (!open) return;
          asked.delete(record.question);
          // Allowed without a rule: it is a tool that needs nobody's consent by itself.
          const base = record.verdict === 'allow' && record.rule === null ? 'allow' : 'ask';
          const now = judgeCall(policy, { ...open.call, base });
          const { seq, at, call } = open;
          const facts = { seq, at, call: nameCall(call), was: record.verdict, now: now.verdict, rules: rulesOf(now) };
          judged.set(record.question, { ...facts, people: null });
          return;
        }
        case 'decision': {
          const one = judged.get(record.question);
          const { choice, by, reason = null } = record;
          if (one && by !== null && (choice === 'approve' || choice === 'deny')) one.people = { choice, by, reason };
          return;
        }
        default:
          return;
      }
    },
    calls: () => [...judged.values()],
  };
}

type QuestionRecord = Extract<AuditRecord, { type: 'question' }>;

/** Null for a question that is about no tool call, or one that a person is the tool of. */
function callOf({
  subject,
  tool,
  thread,
  requesters,
  input,
  inputHash,
}: QuestionRecord): Omit<KnownCall, 'base'> | null {
  if (subject !== 'tool' || tool === null) return null;
  const { kind, name, server } = tool;
  return {
    tool: { kind: kind as KnownCall['tool']['kind'], name, ...(server === undefined ? {} : { server }) },
    channel: parseThreadId(thread).channel,
    requesters,
    input: isWhole(input, inputHash) ? input : undefined,
  };
}

/** With a secret masked it is another input, of which the policy may say something else. */
function isWhole(input: unknown, inputHash: string | null): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && hashInput(input) === inputHash;
}

/** Where the policy would have done what people did not want, or kept them from what they did. */
function isOtherwise({ now, people }: PastCall): boolean {
  if (people === null) return false;
  return (now === 'allow' && people.choice === 'deny') || (now === 'deny' && people.choice === 'approve');
}

function asText(calls: PastCall[], from: number): string {
  const now = tally(calls.map((call) => call.now));
  const was = tally(calls.map((call) => call.was));
  const otherwise = calls.filter(isOtherwise);
  const denied = otherwise.filter((call) => call.now === 'allow').length;
  const approved = otherwise.length - denied;
  const width = String(calls.length).length;
  const line = (name: string, count: number, rest = '') =>
    `  ${name.padEnd(7)}  ${String(count).padStart(width)}${rest}\n`;
  return [
    `${counted(calls.length, 'call', 'calls')} since ${new Date(from).toISOString()}. By this policy they would be\n`,
    line('allowed', now.allow, denied > 0 ? `  ${denied} of them denied by people` : ''),
    line('asked', now.ask),
    line('denied', now.deny, approved > 0 ? `  ${approved} of them approved by people` : ''),
    now.unknown > 0 ? line('unknown', now.unknown, `  ${UNKNOWN}`) : '',
    `By the policy of their day: ${was.allow} allowed, ${was.ask} asked, ${was.deny} denied.\n`,
    otherwise.length > 0 ? `\nPeople had decided otherwise:\n${differences(otherwise)}` : '',
  ].join('');
}

const UNKNOWN = 'a rule reads the input, and the audit has only its hash';
/** More of them are not read; `--json` has them all. */
const MOST_SHOWN = 50;

function differences(otherwise: PastCall[]): string {
  const rows = otherwise
    .slice(0, MOST_SHOWN)
    .map(({ seq, at, now, rules, people, call }) => [
      String(seq),
      new Date(at).toISOString().slice(0, 16),
      now,
      rules,
      people ? `${people.choice} ${people.by}` : '',
      [call, ...(people?.reason ? [`(${people.reason})`] : [])].join(' '),
    ]);
  const more = otherwise.length - rows.length;
  const note = more > 0 ? `… and ${more} more: --json has them all.\n` : '';
  return table([['ENTRY', 'TIME (UTC)', 'POLICY', 'RULE', 'PEOPLE', 'CALL'], ...rows]) + note;
}

function asJson(calls: PastCall[], from: number): string {
  const report = {
    since: new Date(from).toISOString(),
    calls: calls.length,
    now: tally(calls.map((call) => call.now)),
    was: tally(calls.map((call) => call.was)),
    otherwise: calls.filter(isOtherwise).map(({ at, ...call }) => ({ ...call, time: new Date(at).toISOString() })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
