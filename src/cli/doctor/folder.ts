import { type Check, fine, type Item, problem, unknown, warning } from './item.ts';

export const folder: Check = ({ folder: { path, exists, refused, isInUse } }) => {
  if (refused !== null) {
    return [
      problem('data-unusable', {
        says: `The data folder cannot be used: ${refused}.`,
        why: 'What people write is on disk before Slack is told so; without the folder nothing starts.',
        todo: 'Do what it says, as the user that Drawbridge runs as.',
      }),
    ];
  }
  if (isInUse) return [fine(`${path} is in use: a Drawbridge runs on it.`)];
  return [
    fine(exists ? `${path} can be written, and no other process uses it.` : `${path} is made at the first start.`),
  ];
};

export const privacy: Check = ({ folder: { path, openTo } }) => {
  if (openTo === null) return [];
  return [
    warning('data-open', {
      says: `Others on this machine may use ${path} or what is in it (mode ${openTo}).`,
      why: 'What people wrote to the agent is in there.',
      todo: `chmod -R go-rwx ${path}`,
    }),
  ];
};

/** Less than this, and the next few days may fill it. */
const LEAST_BYTES = 100_000_000;

export const space: Check = ({ folder: { path, freeBytes, filesTotal } }) => {
  if (freeBytes === null) return [unknown('Space on the disk', 'The file system does not say how much is left.')];
  const left = `${path} has ${readable(freeBytes)} left`;
  if (freeBytes < LEAST_BYTES) {
    return [
      problem('disk-full', {
        says: `${left}.`,
        why: 'When nothing can be written, messages are not taken in, and the agent does not hear of them.',
        todo: 'Free some space on its disk, or set DRAWBRIDGE_DATA to a folder on another.',
      }),
    ];
  }
  if (filesTotal === null || freeBytes >= filesTotal) return [fine(`${left}.`)];
  return [
    warning('disk-small', {
      says: `${left}, and the files of one message may be ${readable(filesTotal)}.`,
      why: 'Files pass through the data folder; those that do not fit are refused to the person.',
      todo: 'Free some space, or lower files.max_total in bridge.yaml.',
    }),
  ];
};

export const audit: Check = ({ folder: { audit: verified, isInUse } }) => {
  if (verified === null) return [];
  if ('refused' in verified) return [unknown('The audit', verified.refused)];
  if (verified.ok)
    return [fine(`The audit is whole: entry ${verified.head.seq}, head ${verified.head.hash.slice(0, 12)}…`)];
  const { line, problem: what } = verified.broken;
  // Its last line may be on its way to the disk.
  if (isInUse && what.startsWith('is not finished')) return [unknown('The audit', 'It is being written right now.')];
  return [broken(`Line ${line} of the audit ${what}.`)];
};

function broken(says: string): Item {
  return problem('audit-broken', {
    says,
    why: 'From there on it proves nothing; where it is the last line, Drawbridge does not start.',
    todo: 'Keep a copy as it is, and see `drawbridge audit verify`.',
  });
}

function readable(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : ['MB', 1e6];
  const count = bytes / (size as number);
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} ${unit}`;
}
