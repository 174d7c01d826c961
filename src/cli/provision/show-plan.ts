/** A plan as people know it from infrastructure tools: what is made, changed and archived, field by field. */
import type { ConflictError } from '../../sessions/provisioning/conflict-error.ts';
import type { Plan } from '../../sessions/provisioning/plan.ts';
import type { Action, Change, Made, Step } from '../../sessions/provisioning/step.ts';
import { showFields } from './show-fields.ts';

const SIGNS: Record<Action, string> = {
  create: '+',
  update: '~',
  adopt: '=',
  conflict: '!',
  archive: '-',
  orphan: '?',
  none: ' ',
};

export function showPlan({ steps, warnings }: Plan): string {
  const shown = steps.map(({ change }) => change).filter(({ action }) => action !== 'none');
  return [
    ...shown.map((change) => `${showChange(change)}\n`),
    ...warnings.map((warning) => `Warning: ${warning}\n`),
    ...(warnings.length > 0 ? ['\n'] : []),
    `${summary(shown)}\n`,
  ].join('');
}

/** One line for a step that was done. */
export function showDone({ change }: Step, made: Made | null): string {
  const words: Partial<Record<Action, string>> = {
    create: 'made',
    update: 'changed',
    adopt: 'found',
    archive: 'archived',
  };
  const version = made?.version ? `, version ${made.version}` : '';
  return `${SIGNS[change.action]} ${nameOf(change)} ${words[change.action] ?? ''} (${made?.id ?? change.id}${version})\n`;
}

/** What somebody else did while a plan was carried out. */
export function showConflict({ change, meanwhile }: ConflictError): string {
  return `! ${nameOf(change)} (${change.id}) has changed since the plan was made:\n${showFields(meanwhile)}`;
}

function showChange(change: Change): string {
  const { action, id, fields, meanwhile, version } = change;
  const heading = `${SIGNS[action]} ${nameOf(change)}`;
  switch (action) {
    case 'create':
      return `${heading}\n${showFields(fields)}`;
    case 'update': {
      const versions = version === null ? '' : `, version ${version} → ${version + 1}`;
      const note = meanwhile.length > 0 ? `    Changed elsewhere, and set back by this:\n${showFields(meanwhile)}` : '';
      return `${heading} (${id}${versions})\n${showFields(fields)}${note}`;
    }
    case 'conflict':
      return [
        `${heading} (${id}, version ${version}) was changed elsewhere since it was last applied:\n`,
        meanwhile.length > 0 ? showFields(meanwhile) : '    What has changed cannot be said.\n',
        '  To be as bridge.yaml says, this would change:\n',
        showFields(fields),
        '  Take it over into bridge.yaml, or set it back with drawbridge apply --overwrite.\n',
      ].join('');
    case 'adopt':
      return `${heading} (${id}) is as declared, and the lock file does not know it: apply notes it\n`;
    case 'archive':
      return `${heading} (${id}) is archived, which cannot be undone\n`;
    case 'orphan':
      return `${heading} (${id}) is not declared any more: drawbridge apply --archive archives it\n`;
    default:
      return '';
  }
}

function summary(changes: readonly Change[]): string {
  const count = (...actions: Action[]) => changes.filter(({ action }) => actions.includes(action)).length;
  const parts = [
    `${count('create')} to make`,
    `${count('update')} to change`,
    `${count('archive')} to archive`,
    ...(count('adopt') > 0 ? [`${count('adopt')} to note`] : []),
    ...(count('conflict') > 0 ? [`${count('conflict')} in conflict`] : []),
  ];
  const isNone = count('create', 'update', 'archive', 'adopt', 'conflict') === 0;
  return isNone ? 'No changes: all is as bridge.yaml says.' : `Plan: ${parts.join(', ')}.`;
}

function nameOf({ kind, name }: Change): string {
  return `${kind}.${name}`;
}
