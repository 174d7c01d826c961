import type { FieldKind } from '../../thread/question.ts';
import type { Check } from '../schema/compile-check.ts';

/** How values of a schema are asked for in one field, and read back. */
export interface Kind {
  field: FieldKind;
  /** What a person has put in, never empty, as JSON. Throws an Unreadable. */
  read(given: string | string[]): unknown;
  /** What else must hold for the value. */
  check: Check;
}

export const anything: Check = () => [];
