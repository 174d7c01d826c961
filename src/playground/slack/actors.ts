import type { PlaygroundView, PostAction, PostStop, PostView } from '../page/contract.ts';
import type { People } from './people.ts';

/** Everything a person can do: what the page, scripts and tests call. Each throws a PersonRefusal for what cannot be done. */
export interface Actors extends Omit<People, 'present' | 'active'> {
  /** A click; resolves when the app has acknowledged it, with the view it opened. */
  click(action: PostAction): Promise<{ view?: PlaygroundView }>;
  /** Submits or closes a modal; what is open then, or what the app found wrong. */
  submit(view: PostView): Promise<{ view?: PlaygroundView; errors?: Record<string, string> }>;
  /** The native stop button of a thread. */
  stop(stop: PostStop): void;
  /** Gives a thread's session another title. */
  rename(rename: PostStop & { title: string }): void;
}
