import type { VNode } from 'preact';
import { Avatar } from './avatar.tsx';
import type { PlaygroundUser } from './contract.ts';
import type { Directory } from './directory.ts';

interface MentionListProps {
  listId: string;
  suggestions: PlaygroundUser[];
  active: number;
  take: (user: PlaygroundUser) => void;
  directory: Directory;
}

/** The names to choose from; the focus stays in the text field, which says which one is active. */
export function MentionList({ listId, suggestions, active, take, directory }: MentionListProps): VNode {
  return (
    <div class="mention-list" id={listId} role="listbox" tabIndex={-1} aria-label="People">
      {suggestions.map((user, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the text field has the focus and handles the keys.
        <div
          key={user.id}
          id={`${listId}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          class="mention-option"
          // Before the field would lose its focus and close the list.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(user)}
        >
          <Avatar user={user.id} directory={directory} size="small" />
          {user.name}
          {user.is_bot && <span class="badge">APP</span>}
        </div>
      ))}
    </div>
  );
}
