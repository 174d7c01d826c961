import { assertNever } from '../assert-never.ts';
import { type Unread, type UnreadWhy, UPLOADS_FOLDER } from '../file-ports.ts';
import { blockOf } from './block-of.ts';
import type { Source } from './lineage.ts';
import { readableSize } from './readable-size.ts';

/** What has become of one file of a message. */
export type Arrived = { title: string; source: Source } | { title: string; unread: UnreadWhy };

/** One line for the agent about one file, in plain text that the file's own name cannot break out of. */
export function tellAgent(file: Arrived): string {
  const title = plain(file.title);
  if ('unread' in file) return `[file: ${title} could not be read: ${reasonOf(file.unread)}]`;
  const { name, mimetype, size } = file.source;
  const shown = blockOf(file.source) === null ? '' : ' and shown below';
  return `[file: ${title}, ${mimetype}, ${readableSize(size)}, mounted at ${UPLOADS_FOLDER}/${name}${shown}]`;
}

/** For the agent in a new session: what people gave to the one before it is there, too. */
export function tellAgain(sources: readonly Source[]): string {
  const paths = sources.map(({ title, name }) => `${plain(title)} at ${UPLOADS_FOLDER}/${name}`);
  return `[Files from earlier in this thread, mounted again: ${paths.join('; ')}]`;
}

function plain(title: string): string {
  return title.replace(/[\p{C}[\]]+/gu, ' ').trim();
}

function reasonOf(why: Unread['why']): string {
  switch (why) {
    case 'external':
      return 'it is kept outside Slack';
    case 'canvas':
      return 'it is a Slack canvas';
    case 'not-a-file':
      return 'it is not a file that can be downloaded';
    case 'deleted':
      return 'it has been deleted';
    case 'hidden':
      return 'the Slack plan hides files this old';
    case 'no-access':
      return 'the bridge may not read it';
    case 'empty':
      return 'it is empty';
    case 'too-large':
      return 'it is too large';
    case 'too-many':
      return 'the message has too many files';
    case 'too-much':
      return 'the files of the message are too large together';
    case 'not-as-announced':
      return 'its content is not what Slack announced';
    case 'wrong-host':
      return 'its address is not one of Slack';
    case 'unreachable':
      return 'Slack did not give it';
    case 'refused':
      return 'it could not be stored for you';
    case 'internal':
      return 'something went wrong on the way';
    default:
      return assertNever(why);
  }
}
