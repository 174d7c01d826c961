import { counted } from '../counted.ts';
import { plain } from '../plain.ts';
import type { Group } from './checks.ts';
import type { Item } from './item.ts';

const WIDTH = 96;
const MARKS = { fine: '✓', unknown: '–', warning: '!', problem: '✗' };

/** The findings for a terminal, readable without colour. */
export function asText(groups: readonly Group[]): string {
  const shown = groups.filter(({ items }) => items.length > 0);
  return [...shown.map(({ name, items }) => `${name}\n${items.map(itemText).join('')}`), `${summary(groups)}\n`].join(
    '\n',
  );
}

function itemText(item: Item): string {
  const { state, says } = item;
  const head = wrap(`${MARKS[state]} ${says}`, '  ', '    ');
  if (state === 'fine') return head;
  if (state === 'unknown') return wrap(`${MARKS[state]} ${says}: not checked. ${item.why}`, '  ', '    ');
  return `${head}${wrap(item.why, '    ', '    ')}${wrap(`→ ${item.todo}`, '    ', '      ')}`;
}

function wrap(text: string, first: string, rest: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of plain(text.replaceAll(/\s+/g, ' ')).split(' ')) {
    const isStart = line === first || line === rest;
    if (!isStart && [...line].length + 1 + [...word].length > WIDTH) {
      lines.push(line);
      line = rest + word;
    } else line += isStart ? word : ` ${word}`;
  }
  return `${[...lines, line].join('\n')}\n`;
}

export interface Tally {
  problems: number;
  warnings: number;
  unknown: number;
}

export function tallyOf(groups: readonly Group[]): Tally {
  const states = groups.flatMap(({ items }) => items.map(({ state }) => state));
  const count = (wanted: Item['state']) => states.filter((state) => state === wanted).length;
  return { problems: count('problem'), warnings: count('warning'), unknown: count('unknown') };
}

function summary(groups: readonly Group[]): string {
  const { problems, warnings, unknown } = tallyOf(groups);
  const found = [
    ...(problems > 0 ? [counted(problems, 'problem', 'problems')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning', 'warnings')] : []),
  ];
  const rest = unknown > 0 ? ` ${unknown} not checked.` : '';
  return `${found.length > 0 ? found.join(', ') : 'Nothing is wrong'}.${rest}`;
}

/** The same for a program: stable codes, one object. */
export function asJson(groups: readonly Group[]): string {
  return `${JSON.stringify({ ...tallyOf(groups), groups }, null, 2)}\n`;
}
