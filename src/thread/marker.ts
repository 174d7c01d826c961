import { isSlackTs, type SlackTs } from './ids.ts';

/** Who wrote a message, where: the first line the agent sees of it. */
export interface Marker {
  ts: SlackTs;
  /** How often the message had to be sent again, because the session lost it; left out: never. */
  again?: number;
  author: { id: string; name: string };
  /** `#ops`, or `a direct message`. */
  place: string;
}

const MARKER = /^\[Slack message (\d{10}\.\d{6})(?:, sent again (\d+)x,)? from (?:.* )?\(([A-Z0-9]+)\) in /;

/**
 * The header that travels as the first content block of every `user.message`: readable for the model, and the key by
 * which the bridge finds its own messages again. It stands in a block of its own, which people's text never reaches,
 * so nobody can forge one. Names and places have no brackets left in it: the id in brackets is ours.
 */
export function makeMarker({ ts, again = 0, author, place }: Marker): string {
  return `[Slack message ${ts}${again > 0 ? `, sent again ${again}x,` : ''} from ${plain(author.name)} (${author.id}) in ${plain(place)}]`;
}

/** Which Slack message a marker is of, and who wrote it; null for text that is none. */
export function parseMarker(text: string | undefined): (Pick<Marker, 'ts' | 'again'> & { author: string }) | null {
  const [, ts, again, author = ''] = text?.match(MARKER) ?? [];
  if (!isSlackTs(ts)) return null;
  return { ts, author, ...(again === undefined ? {} : { again: Number(again) }) };
}

function plain(name: string): string {
  return name.replace(/[\p{Cc}[\]()]+/gu, ' ').trim();
}
