import { assertNever } from '../../thread/assert-never.ts';
import { count } from '../../thread/count.ts';
import type { Card, CardBody } from '../../thread/question.ts';
import { actionId } from '../gate/actions.ts';
import { cut, safely } from '../reply/disarm.ts';
import { contextBlock, type MessageContent, plainBlock, preformattedBlock, sectionBlock } from '../reply/message.ts';
import { plain } from '../reply/words.ts';
import { actionsBlock, type Button, button, expiryWords, type Look, openWords, readable } from './look.ts';
import { standing } from './outcome-words.ts';
import { forWhom } from './people-words.ts';

export type ToolBody = Extract<CardBody, { type: 'tool' }>;

/** With everything else on the card well below the 13,200 characters that Slack takes in one message. */
const MAX_EXCERPT = 7_500;
const MAX_PLAIN = 2_900;
/** Of a reason, in the fallback text. */
const MAX_SAID = 600;
const MAX_CHANNELS = 5;

/** What each built-in tool of the agent does. */
const DEEDS = new Map([
  ['bash', 'run a command'],
  ['edit', 'edit a file'],
  ['write', 'write a file'],
  ['read', 'read a file'],
  ['glob', 'look for files'],
  ['grep', 'search in files'],
  ['web_fetch', 'open a web page'],
  ['web_search', 'search the web'],
]);

/** The message of a tool call that waits for people: exactly what will run, and who may let it. */
export function toolContent(card: Card, body: ToolBody, look: Look): MessageContent {
  const excerpt = body.excerpt.text.trim() === '' ? '(no input)' : body.excerpt.text;
  const shown = cut(excerpt, look.isPlain ? MAX_PLAIN : MAX_EXCERPT);
  const isCut = body.isCut || shown !== excerpt;
  const head = headWords(card, body, look);
  const isOpen = card.state === 'open';
  const notes = [...(isOpen ? [...readingWords(body, isCut), ...reachWords(body)] : []), ...warnings(body)];
  const who = isOpen ? openWords(card) : '';
  const expiry = isOpen ? expiryWords(card) : [];
  const outcome = standing(card);
  return {
    text: readable([standing(card, MAX_SAID), head, ...notes, who, ...expiry], (max) => safely(excerpt, max)),
    blocks: [
      ...(outcome ? [sectionBlock(outcome)] : []),
      sectionBlock(head),
      look.isPlain ? plainBlock(shown) : preformattedBlock(shown),
      ...notes.map(contextBlock),
      contextBlock(`SHA-256 of the input: ${code(body.hash)}`),
      ...(isOpen ? [sectionBlock(who), actionsBlock(buttons(card, body, isCut))] : []),
      ...expiry.map(contextBlock),
    ],
  };
}

/** `The agent wants to run a command`. */
export function wants(body: ToolBody): string {
  return `The agent wants to ${deed(body)}`;
}

function deed({ tool: { kind, name, server } }: ToolBody): string {
  switch (kind) {
    case 'built-in':
      return DEEDS.get(name) ?? `use ${code(name)}`;
    case 'mcp':
      return `call ${code(`${server ?? 'mcp'} · ${name.replaceAll(/[_-]+/g, ' ')}`)}`;
    case 'custom':
      return `use ${code(name)}`;
    default:
      return assertNever(kind);
  }
}

/** One line of somebody else's text in a fixed-width font: what it says, and no way out of it. */
export function code(text: string, max?: number): string {
  const inner = plain(text, max).replaceAll('`', "'");
  return inner === '' ? '`?`' : `\`${inner}\``;
}

/** What it is about stands below in full: a line that sums it up would only say it twice. */
function headWords(card: Card, body: ToolBody, { isFirst }: Look): string {
  const { name, server, kind } = body.tool;
  const about = [
    // The lead has the exact name of a tool of ours.
    ...(kind === 'custom' ? [] : [`tool ${code(name)}${server === undefined ? '' : ` of ${code(server)}`}`]),
    ...(body.child === null ? [] : [`asked by the sub-agent ${code(body.child)}`]),
    forWhom(card, { isFirst }),
  ];
  const lead = card.state === 'closed' ? `The agent wanted to ${deed(body)}` : wants(body);
  const line = about.filter((part) => part !== '').join(', ');
  return [`*${lead}*`, `${line.charAt(0).toUpperCase()}${line.slice(1)}`].filter((part) => part !== '').join('\n');
}

function readingWords({ mustOpen }: ToolBody, isCut: boolean): string[] {
  return [
    ...(isCut ? ['This is only part of the input. Press *Show all of it* to read the rest.'] : []),
    ...(mustOpen ? ['It can be approved only by somebody who has opened it in full, to its last page.'] : []),
  ];
}

/** One more button must not be taken for a second way to approve only this. */
function reachWords({ offersThread, tool: { name } }: ToolBody): string[] {
  if (!offersThread) return [];
  return [
    `*Approve for this thread* also lets every later call of ${code(name)} here run that comes under the same rule, whatever its input.`,
  ];
}

function warnings({ masked, tool, excerpt }: ToolBody): string[] {
  return [
    ...(tool.kind === 'custom' ? channelNames(excerpt.text) : []),
    ...(masked > 0 ? [`${count(masked, 'secret')} masked here; the tool gets the input unmasked.`] : []),
    ...(tool.kind === 'custom' ? ["It acts with the bot's rights, not with yours."] : []),
  ];
}

/** A tool of ours is given channels by their ids, which say nothing to people. */
function channelNames(text: string): string[] {
  const ids = [...new Set(text.match(/\bC[A-Z0-9]{8,14}\b/g) ?? [])].slice(0, MAX_CHANNELS);
  return ids.length > 0 ? [ids.map((id) => `${code(id)} is <#${id}>`).join(', ')] : [];
}

function buttons({ id }: Card, body: ToolBody, isCut: boolean): Button[] {
  const about = body.title;
  return [
    button('Approve', { action: actionId('approve'), speak: `Approve: ${about}`, value: id, style: 'primary' }),
    button('Deny', { action: actionId('deny'), speak: `Deny: ${about}`, value: id, style: 'danger' }),
    button('Deny with reason…', { action: actionId('deny-reason'), speak: `Deny with a reason: ${about}`, value: id }),
    ...(body.offersThread
      ? [
          button('Approve for this thread', {
            action: actionId('approve-thread'),
            speak: `Approve for this thread: ${about}`,
            value: id,
          }),
        ]
      : []),
    ...(isCut || body.mustOpen
      ? [button('Show all of it', { action: actionId('show'), speak: `Show all of: ${about}`, value: id })]
      : []),
  ];
}
