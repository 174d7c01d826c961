import type { Directory } from '../directory.ts';
import type { Fields } from '../fields.ts';

/** What a click or a choice in a block sends to the server. */
export interface BlockAction {
  action_id: string;
  value?: string;
}

/** What blocks need from the page around them; without `act`, nothing in them can be pressed. */
export interface BlockContext {
  directory: Directory;
  act?: (action: BlockAction) => Promise<void>;
}

export interface ElementProps {
  element: Fields;
  context: BlockContext;
}
