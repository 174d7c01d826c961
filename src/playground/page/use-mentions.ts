import type { RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { PlaygroundUser } from './contract.ts';
import type { Directory } from './directory.ts';
import { mentionAt, suggestionsFor } from './mention-at.ts';

interface Options {
  field: RefObject<HTMLTextAreaElement | null>;
  directory: Directory;
  change: (text: string) => void;
}

/** The list of names that opens at `@` in a text field: arrows move in it, Enter and Tab take, Escape closes. */
export function useMentions({ field, directory, change }: Options) {
  const listId = useId();
  const [suggestions, setSuggestions] = useState<PlaygroundUser[]>([]);
  const [active, setActive] = useState(0);
  const open = suggestions.length > 0;
  const close = () => setSuggestions([]);

  const look = () => {
    const box = field.current;
    const mention = box && mentionAt(box.value, box.selectionStart);
    const users = [...(directory.bot ? [directory.bot] : []), ...directory.people];
    const found = mention ? suggestionsFor(mention.typed, users) : [];
    const same = found.length === suggestions.length && found.every(({ id }, index) => id === suggestions[index]?.id);
    if (same) return;
    setSuggestions(found);
    setActive(0);
  };

  const take = (user: PlaygroundUser | undefined) => {
    const box = field.current;
    const mention = box && mentionAt(box.value, box.selectionStart);
    if (!box || !mention || !user) return;
    const before = `${box.value.slice(0, mention.start)}@${user.name} `;
    const text = before + box.value.slice(box.selectionStart);
    // Written at once, so that the caret can be put behind the name.
    box.value = text;
    box.setSelectionRange(before.length, before.length);
    change(text);
    close();
    box.focus();
  };

  /** True when the key belonged to the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!open) return false;
    if (event.key === 'ArrowDown') setActive((active + 1) % suggestions.length);
    else if (event.key === 'ArrowUp') setActive((active + suggestions.length - 1) % suggestions.length);
    else if (event.key === 'Enter' || event.key === 'Tab') take(suggestions[active]);
    else if (event.key === 'Escape') close();
    else return false;
    event.preventDefault();
    return true;
  };

  return { listId, activeId: `${listId}-${active}`, suggestions, active, open, look, close, take, onKeyDown };
}
