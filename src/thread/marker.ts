import { isSlackTs, type SlackTs } from './ids.ts';

/** Who wrote a message, where: the first line the agent sees of it. */
export interface Marker {
  ts: SlackTs;
  author: { id: string; name: string };
  /** `#ops`, or `a direct message`. */
  place: string;
}

const MARKER = /^\[Slack message (\d{10}\.\d{6}) from /;

/**
 * The header that travels as the first content block of every `user.message`: readable for the model, and the key by
 * which the bridge finds its own messages again. It stands in a block of its own, which people's text never reaches,
 * so nobody can forge one.
 */
export function makeMarker({ ts, author, place }: Marker): string {
  return `[Slack message ${ts} from ${plain(author.name)} (${author.id}) in ${plain(place)}]`;
}

/** The Slack ts in a marker, or null for text that is none. */
export function parseMarker(text: string | undefined): SlackTs | null {
  const ts = text?.match(MARKER)?.[1];
  return isSlackTs(ts) ? ts : null;
}

function plain(name: string): string {
  return name.replace(/[\p{Cc}[\]()]+/gu, ' ').trim();
}
