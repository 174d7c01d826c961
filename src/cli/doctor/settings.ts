import { type Check, fine, problem } from './item.ts';

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
