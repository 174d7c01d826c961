import type { App } from '@slack/bolt';
import type { Identity } from './from-slack.ts';

/** What takes in a delivery: Bolt's app, or what stands in front of it. */
export type Taker = Pick<App, 'processEvent'>;

/** The way that deliveries come in. */
export interface Transport {
  /** Every delivery goes to `taker` from now on, and is acknowledged by it. Rejects with a SlackSetupError. */
  open(taker: Taker, identity: Identity): Promise<void>;
  /** A message of ours is on its way; the returned function is called when it stands in Slack. */
  posting(): () => void;
  /** Nothing comes in any more. */
  close(): Promise<void>;
}

/** A request as it came in: the body unparsed, since its signature is over that. */
export interface SignedRequest {
  headers: Headers;
  body: string;
}

/** One that is sent requests, by whoever listens for them. */
export interface HttpTransport extends Transport {
  take(request: SignedRequest): Promise<Response>;
}
