import type { ReadMarks } from './unread.ts';

/** What the page remembers in the browser: drafts, what was read, and that the welcome was seen. */
export interface Memory {
  draft(key: string): string;
  keepDraft(key: string, text: string): void;
  readMarks(person: string): ReadMarks;
  keepReadMarks(person: string, marks: ReadMarks): void;
  welcomed(): boolean;
  keepWelcomed(): void;
}

type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function createMemory(shelf: Shelf): Memory {
  return {
    draft: (key) => shelf.getItem(`draft ${key}`) ?? '',
    keepDraft(key, text) {
      if (text) shelf.setItem(`draft ${key}`, text);
      else shelf.removeItem(`draft ${key}`);
    },
    readMarks(person) {
      try {
        return JSON.parse(shelf.getItem(`read ${person}`) ?? '{}') as ReadMarks;
      } catch {
        // Somebody else's words under our key: nothing was read, then.
        return {};
      }
    },
    keepReadMarks: (person, marks) => shelf.setItem(`read ${person}`, JSON.stringify(marks)),
    welcomed: () => shelf.getItem('welcomed') === 'yes',
    keepWelcomed: () => shelf.setItem('welcomed', 'yes'),
  };
}
