import type { Field, Form, FormValues } from '../../thread/question.ts';
import { isRecord, type JsonSchema, plainSchema } from '../schema/plain-schema.ts';
import { SchemaError } from '../schema/schema-error.ts';
import type { Kind } from './kind.ts';
import { kindOf, mayBeNull, typeOf } from './kind-of.ts';
import { personWords } from './person-words.ts';
import { Unreadable } from './unreadable.ts';

export interface CompiledForm {
  form: Form;
  /** What a person has put in as JSON of the schema's shape, or what is wrong with it, by field name. */
  read(values: FormValues): { value: unknown } | { errors: Record<string, string> };
}

/** What the only field is called when the schema is not an object of several. */
const ONLY_FIELD = 'answer';

const MAX_FIELDS = 40;
/** Block ids of Slack take 255 characters. */
const MAX_NAME = 200;
const MAX_LABEL = 150;
const MAX_HINT = 2_000;

/**
 * A JSON Schema as a form for people. Objects become their fields, nested ones too; optional fields that are left empty
 * are left out. Throws a SchemaError, in words for whoever wrote the schema, for what Slack cannot show.
 */
export function compileForm(schema: unknown): CompiledForm {
  const plain = plainSchema(schema);
  const root = isFlat(plain)
    ? branchOf(plain, { path: [], labels: [], isRequired: true, isOwed: true })
    : leafOf(
        { ...plain, title: plain.title ?? 'Answer' },
        { path: [ONLY_FIELD], labels: [], isRequired: true, isOwed: true },
      );
  const leaves = leavesOf(root);
  if (leaves.length > MAX_FIELDS) throw new SchemaError(`a form may have ${MAX_FIELDS} fields at most`);
  const names = leaves.map(({ field }) => field.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new SchemaError(`two fields would be called ${JSON.stringify(twice)}: rename one`);

  return {
    form: { fields: leaves.map(({ field }) => field) },
    read(values) {
      const errors = new Map<string, string>();
      const reading = readNode(root, { values, errors });
      if (errors.size > 0) return { errors: Object.fromEntries(errors) };
      return { value: reading === EMPTY ? {} : reading.value };
    },
  };
}

/** Names from the outside in. */
interface Place {
  path: readonly string[];
  labels: readonly string[];
  /** By the object it is in. */
  isRequired: boolean;
  /** Whatever the person does: every object around it is required too. */
  isOwed: boolean;
}

type Node = Branch | Leaf;

interface Branch {
  type: 'branch';
  isRequired: boolean;
  mayBeNull: boolean;
  children: [key: string, child: Node][];
}

interface Leaf {
  type: 'leaf';
  field: Field;
  kind: Kind;
  isRequired: boolean;
  /** What an empty field means; undefined: nothing. */
  empty: unknown;
}

/** An object whose properties can each have fields, with nothing said about several of them together. */
function isFlat(schema: JsonSchema): boolean {
  const { properties, additionalProperties } = schema;
  const isTied = TYING.some((keyword) => keyword in schema);
  const isOpen = isRecord(additionalProperties) && Object.keys(additionalProperties).length > 0;
  const hasProperties = isRecord(properties) && Object.keys(properties).length > 0;
  return typeOf(schema) === 'object' && hasProperties && !isTied && !isOpen;
}

const TYING = [
  'allOf',
  'anyOf',
  'const',
  'dependentRequired',
  'dependentSchemas',
  'enum',
  'if',
  'maxProperties',
  'minProperties',
  'not',
  'oneOf',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
];

function branchOf(schema: JsonSchema, { path, labels, isRequired, isOwed }: Place): Branch {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const stray = required.find((name) => typeof name !== 'string' || !Object.hasOwn(properties, name));
  if (stray !== undefined) throw new SchemaError(`"required" names ${JSON.stringify(stray)}, which "properties" lacks`);
  const defaults = isRecord(schema.default) ? schema.default : {};

  const children = Object.entries(properties).map(([key, property]): [string, Node] => {
    if (key === '') throw new SchemaError('a property has no name');
    const given = isRecord(property) ? property : {};
    if (property === false) throw new SchemaError(`${key} can have no value: leave it out`);
    const child = 'default' in given || !Object.hasOwn(defaults, key) ? given : { ...given, default: defaults[key] };
    const isChildRequired = required.includes(key);
    const place = {
      path: [...path, key],
      labels,
      isRequired: isChildRequired,
      isOwed: isOwed && isChildRequired && !mayBeNull(schema),
    };
    if (!isFlat(child)) return [key, leafOf(child, place)];
    return [key, branchOf(child, { ...place, labels: [...labels, titleOf(child, key)] })];
  });
  return { type: 'branch', isRequired, mayBeNull: mayBeNull(schema), children };
}

function leafOf(schema: JsonSchema, { path, labels, isRequired, isOwed }: Place): Leaf {
  const name = path.join('.');
  const label = [...labels, titleOf(schema, path.at(-1) ?? '')].join(' · ');
  const hint = typeof schema.description === 'string' ? schema.description.trim() || null : null;
  const about = (problem: string) => new SchemaError(`${name.slice(0, MAX_NAME)}: ${problem}`);
  if (name.length > MAX_NAME) throw about(`its name, with those it is in, is longer than ${MAX_NAME} characters`);
  if (label.length > MAX_LABEL) throw about(`its title is longer than ${MAX_LABEL} characters: use a description`);
  if ((hint ?? '').length > MAX_HINT) throw about(`its description is longer than ${MAX_HINT} characters`);

  const kind = kindFor(schema, about);
  const empty = mayBeNull(schema) ? null : mayBeEmpty(schema) ? [] : undefined;
  return {
    type: 'leaf',
    field: { name, label, hint, required: isOwed && empty === undefined, ...kind.field },
    kind,
    isRequired,
    empty,
  };
}

function kindFor(schema: JsonSchema, about: (problem: string) => SchemaError): Kind {
  try {
    const kind = kindOf(schema);
    const initial = 'initial' in kind.field ? kind.field.initial : null;
    if (initial !== null && initial.length > 0) {
      const problem = problemWith(kind, initial);
      if (problem !== null) throw new SchemaError(`its default does not fit: ${problem}`);
    }
    return kind;
  } catch (error) {
    if (error instanceof SchemaError) throw about(error.message);
    throw error;
  }
}

function problemWith(kind: Kind, given: string | string[]): string | null {
  const reading = readWith(kind, given);
  return 'error' in reading ? reading.error : null;
}

/** An empty list is a value where the schema asks for no item. */
function mayBeEmpty(schema: JsonSchema): boolean {
  return typeOf(schema) === 'array' && !(typeof schema.minItems === 'number' && schema.minItems > 0);
}

function titleOf({ title }: JsonSchema, key: string): string {
  if (typeof title === 'string' && title.trim() !== '') return title.trim();
  const words = key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\s-]+/g, ' ')
    .trim();
  return words === '' ? key : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function leavesOf(node: Node): Leaf[] {
  return node.type === 'leaf' ? [node] : node.children.flatMap(([, child]) => leavesOf(child));
}

const EMPTY = Symbol('empty');

interface Filled {
  values: FormValues;
  errors: Map<string, string>;
}

function readNode(node: Node, filled: Filled): { value: unknown } | typeof EMPTY {
  return node.type === 'leaf' ? readLeaf(node, filled) : readBranch(node, filled);
}

function readLeaf({ field, kind, isRequired, empty }: Leaf, { values, errors }: Filled) {
  const given = Object.hasOwn(values, field.name) ? values[field.name] : null;
  if (isEmpty(given)) {
    if (!isRequired) return EMPTY;
    if (empty === undefined) errors.set(field.name, 'Fill this in.');
    return { value: empty };
  }
  const reading = readWith(kind, given);
  if ('value' in reading) return reading;
  errors.set(field.name, reading.error);
  return EMPTY;
}

/** An optional object that nothing was put into is left out; otherwise it owes what it requires. */
function readBranch(branch: Branch, filled: Filled): { value: unknown } | typeof EMPTY {
  const isTouched = leavesOf(branch).some(({ field: { name } }) => {
    return Object.hasOwn(filled.values, name) && !isEmpty(filled.values[name]);
  });
  if (!isTouched && !branch.isRequired) return EMPTY;
  if (!isTouched && branch.mayBeNull) return { value: null };
  const entries = branch.children.flatMap(([key, child]): [string, unknown][] => {
    const reading = readNode(child, filled);
    return reading === EMPTY ? [] : [[key, reading.value]];
  });
  return { value: Object.fromEntries(entries) };
}

function readWith(kind: Kind, given: string | string[]): { value: unknown } | { error: string } {
  try {
    const value = kind.read(given);
    const [issue] = kind.check(value);
    return issue ? { error: personWords(issue) } : { value };
  } catch (error) {
    if (error instanceof Unreadable) return { error: error.message };
    throw error;
  }
}

function isEmpty(given: FormValues[string] | undefined): given is null | undefined {
  if (given === null || given === undefined) return true;
  return typeof given === 'string' ? given.trim() === '' : given.length === 0;
}
