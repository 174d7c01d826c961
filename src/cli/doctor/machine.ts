import { type Check, fine, type Item, problem, warning } from './item.ts';

export const node: Check = ({ node: { version, needed } }) => {
  const least = needed.replace(/[^\d.]/g, '');
  if (!isBefore(version, least)) return [fine(`Node ${version}`)];
  return [
    problem('node-too-old', {
      says: `Node ${version} is too old.`,
      why: 'Drawbridge and its libraries use what only newer versions have, and fail in odd places without it.',
      todo: `Install Node ${least} or later.`,
    }),
  ];
};

function isBefore(version: string, least: string): boolean {
  const [have, need] = [numbers(version), numbers(least)];
  for (const [index, one] of need.entries()) {
    if ((have[index] ?? 0) !== one) return (have[index] ?? 0) < one;
  }
  return false;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

const NOTICEABLE_MS = 30_000;
/** Beyond it a message whose posting was cut off is not found again, and Slack's signatures are refused. */
const TOO_FAR_MS = 300_000;

export const clock: Check = ({ slack, agents }) => {
  const known = [
    { whose: "Slack's", aheadMs: slack.aheadMs },
    { whose: "the agents API's", aheadMs: agents?.aheadMs ?? null },
  ].flatMap(({ whose, aheadMs }) => (aheadMs === null ? [] : [{ whose, aheadMs }]));
  if (known.length === 0) return [];
  const off = known.filter(({ aheadMs }) => Math.abs(aheadMs) >= NOTICEABLE_MS);
  return off.length === 0 ? [fine('The clock is right.')] : off.map(tellOff);
};

function tellOff({ whose, aheadMs }: { whose: string; aheadMs: number }): Item {
  const is = Math.abs(aheadMs) < TOO_FAR_MS ? warning : problem;
  return is('clock-off', {
    says: `The clock of this machine is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${whose}.`,
    why: 'What was cut off is found again by its time, and reminders and expiries come by it: both go wrong.',
    todo: 'Let the machine set its clock by itself (NTP, such as systemd-timesyncd or chrony).',
  });
}
