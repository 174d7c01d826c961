import { compileCheck } from '../schema/compile-check.ts';
import type { JsonSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import type { Kind } from './kind.ts';
import { textOf } from './text-kind.ts';
import { Unreadable } from './unreadable.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;

/** A schema of type number or integer. */
export function numberKind(schema: JsonSchema, { integer }: { integer: boolean }): Kind {
  const { default: initial } = schema;
  if (initial !== undefined && typeof initial !== 'number') throw new SchemaError('its default must be a number');
  const [minimum, maximum] = [lowest(schema, integer), highest(schema, integer)];
  if (minimum !== null && maximum !== null && minimum > maximum) throw new SchemaError('no number is in its range');
  return {
    field: { type: 'number', integer, minimum, maximum, initial: initial === undefined ? null : String(initial) },
    read(given) {
      const text = textOf(given).trim();
      const value = NUMBER.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(value)) throw new Unreadable('Give a number, such as 3.5.');
      // What is not exact any more would be another number than the one that was meant.
      if (integer && Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new Unreadable('Give a smaller number.');
      }
      return value;
    },
    check: compileCheck(schema),
  };
}

/** The ends of the range as a field knows them, both inclusive; the check is exact. */
function lowest({ minimum, exclusiveMinimum }: JsonSchema, integer: boolean): number | null {
  const above = finite(exclusiveMinimum);
  return both(finite(minimum), above !== null && integer ? Math.floor(above) + 1 : above, Math.max);
}

function highest({ maximum, exclusiveMaximum }: JsonSchema, integer: boolean): number | null {
  const below = finite(exclusiveMaximum);
  return both(finite(maximum), below !== null && integer ? Math.ceil(below) - 1 : below, Math.min);
}

function both(a: number | null, b: number | null, pick: (a: number, b: number) => number): number | null {
  if (a === null || b === null) return a ?? b;
  return pick(a, b);
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
