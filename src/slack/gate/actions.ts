/**
 * What the buttons of cards and modals are called in Slack. A button's value holds nothing but the question's id, so
 * what else it stands for (which choice, how many cents) is a number at the end of its name.
 */
const PREFIX = 'drawbridge:gate:';

const VERBS = [
  'approve',
  'approve-thread',
  'deny',
  'deny-reason',
  'show',
  'page',
  'form',
  'pick',
  'decline',
  'raise',
  'leave',
  'approve-all',
  'deny-all',
] as const;

export type Verb = (typeof VERBS)[number];

export interface GateAction {
  verb: Verb;
  /** The choice's place on the card for `pick`, cents for `raise`, the page for `page`. */
  number: number | null;
}

export const GATE_ACTIONS = /^drawbridge:gate:/;
export const OTHER_ACTIONS = /^(?!drawbridge:gate:)/;

export const GATE_VIEWS = { deny: `${PREFIX}deny`, form: `${PREFIX}form` };

export function actionId(verb: Verb, number?: number): string {
  return `${PREFIX}${verb}${number === undefined ? '' : `:${number}`}`;
}

export function readActionId(id: string): GateAction | null {
  const [, name, number] = /^drawbridge:gate:([a-z-]+)(?::(\d{1,9}))?$/.exec(id) ?? [];
  const verb = VERBS.find((known) => known === name);
  return verb ? { verb, number: number === undefined ? null : Number(number) } : null;
}
