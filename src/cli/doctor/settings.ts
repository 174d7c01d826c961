import { type Check, fine, problem, warning } from './item.ts';

export const settings: Check = (facts) => {
  if (facts.settings.length === 0) return [fine('All settings that are needed are there and well-formed.')];
  return facts.settings.map((says) =>
    problem('settings', {
      says,
      why: 'Drawbridge does not start with it.',
      todo: 'Change it in the environment, in .env or in bridge.yaml; the README lists all settings.',
    }),
  );
};

const OTHERS = 0o077;

export const envFile: Check = ({ envFile: file }) => {
  if (file === null || (file.mode & OTHERS) === 0) return [];
  return [
    warning('env-file-open', {
      says: `Others on this machine may read ${file.path}.`,
      why: 'The tokens and the API key are in there.',
      todo: `chmod 600 ${file.path}`,
    }),
  ];
};
