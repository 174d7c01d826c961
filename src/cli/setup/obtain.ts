import type { SettingName } from '../../settings.ts';
import { CliError } from '../cli-error.ts';
import { faultOf } from './given.ts';
import type { Talk } from './talk.ts';

/** A credential, and how it is checked. */
export interface Wanted<T> {
  name: SettingName;
  /** As a headline, and within a sentence. */
  what: string;
  noun: string;
  given: string | undefined;
  /** Where to get it, for a person. */
  where: readonly string[];
  check(value: string): Promise<Checked<T>>;
}

/** `anyway`: it can be used although something is wrong. */
export type Checked<T> = { found: T; says: string } | { wrong: string; anyway?: T };

export interface Obtained<T> {
  value: string;
  found: T;
}

type Next = 'another' | 'again' | 'anyway';

/** Takes the value that is given, or asks for one, until it is good. Rejects with a CliError where nobody can be asked. */
export async function obtain<T>(wanted: Wanted<T>, { talk, isAttended }: Obtaining): Promise<Obtained<T>> {
  const { name, what, noun, where } = wanted;
  let value = wanted.given;
  if (value === undefined) talk.step(what, where);
  for (;;) {
    value ??= await talk.secret({ message: `Paste the ${noun}`, fault: (typed) => faultOf(name, typed) });
    const checked = await check(value, { wanted, talk });
    if ('found' in checked) {
      talk.done(checked.says);
      return { value, found: checked.found };
    }
    if (!isAttended) throw new CliError(`${what}: ${checked.wrong}`);
    talk.wrong(checked.wrong);
    const next = await talk.choose<Next>({ message: 'What now?', options: choices(noun, checked) });
    if (next === 'anyway' && checked.anyway !== undefined) return { value, found: checked.anyway };
    if (next === 'another') value = undefined;
  }
}

export interface Obtaining {
  talk: Talk;
  isAttended: boolean;
  progress: Progress;
}

/** How far it came, for whoever stops it. */
export interface Progress {
  /** Something that bridge.yaml declares has been made. */
  isMade: boolean;
  /** `.env` has the settings. */
  isWritten: boolean;
}

async function check<T>(value: string, { wanted, talk }: { wanted: Wanted<T>; talk: Talk }): Promise<Checked<T>> {
  const fault = faultOf(wanted.name, value);
  return fault === undefined ? talk.busy(`Checking the ${wanted.noun} …`, () => wanted.check(value)) : { wrong: fault };
}

function choices(noun: string, { anyway }: { anyway?: unknown }): { value: Next; label: string }[] {
  return [
    { value: 'again', label: 'Check it again' },
    { value: 'another', label: `Paste another ${noun}` },
    ...(anyway === undefined ? [] : [{ value: 'anyway' as const, label: 'Go on all the same' }]),
  ];
}
