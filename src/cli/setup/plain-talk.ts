import { plain } from '../plain.ts';
import type { World } from '../world.ts';
import type { Talk } from './talk.ts';

/** For an unattended run: says what was done, and asks nothing. */
export function createPlainTalk({ print, complain }: Pick<World, 'print' | 'complain'>): Talk {
  const asksNothing = async () => {
    throw new Error('an unattended run has nobody to ask');
  };
  const say = (text: string) => void print(text);
  return {
    begin: () => {},
    step: () => {},
    link: () => {},
    done: (text) => say(`✓ ${inLines(text)}\n`),
    warn: (text) => complain(`! ${inLines(text)}\n`),
    wrong: (text) => complain(`✗ ${inLines(text)}\n`),
    end: (text) => say(`${text}\n`),
    busy: (_, work) => work(),
    secret: asksNothing,
    text: asksNothing,
    choose: asksNothing,
    confirm: asksNothing,
  };
}

function inLines(text: string): string {
  return text.split('\n').map(plain).join('\n  ');
}
