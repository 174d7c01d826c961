import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field, FormValues } from '../../../src/thread/question.ts';
import { compileForm } from '../../../src/tools/form/compile-form.ts';
import { SchemaError } from '../../../src/tools/schema/schema-error.ts';

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
const fieldOf = (schema: unknown): Field => {
  const [field, ...others] = compileForm(object({ it: schema })).form.fields;
  if (!field || others.length > 0) throw new Error('not one field');
  return field;
};
const answer = (schema: unknown, given: FormValues[string]) => {
  const reading = compileForm(object({ it: schema })).read({ it: given });
  return 'errors' in reading ? reading.errors.it : (reading.value as { it: unknown }).it;
};
const refusal = (schema: unknown) => {
  try {
    compileForm(schema);
  } catch (error) {
    if (error instanceof SchemaError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

describe('a schema becomes a field', () => {
  it.each<[string, unknown, Partial<Field>]>([
    ['a text', { type: 'string' }, { type: 'text', multiline: false, minLength: null, maxLength: null, initial: null }],
    ['a text that says no type', { minLength: 2 }, { type: 'text', minLength: 2 }],
    ['a long text by its limit', { type: 'string', maxLength: 201 }, { type: 'text', multiline: true, maxLength: 201 }],
    ['a long text by its format', { type: 'string', format: 'textarea' }, { type: 'text', multiline: true }],
    ['a text longer than Slack takes', { type: 'string', maxLength: 9_000 }, { type: 'text', maxLength: 3_000 }],
    ['a default', { type: 'string', default: 'x' }, { type: 'text', initial: 'x' }],
    [
      'title and description',
      { type: 'string', title: 'Who', description: 'By name' },
      { label: 'Who', hint: 'By name' },
    ],
    [
      'an integer',
      { type: 'integer', minimum: 1, exclusiveMaximum: 9 },
      { type: 'number', integer: true, minimum: 1, maximum: 8 },
    ],
    ['a number', { type: 'number', default: 0.5 }, { type: 'number', integer: false, minimum: null, initial: '0.5' }],
    ['a date', { type: 'string', format: 'date' }, { type: 'date', initial: null }],
    ['a time', { type: 'string', format: 'time', default: '14:30:00Z' }, { type: 'time', initial: '14:30' }],
    ['a date with a time', { type: 'string', format: 'date-time' }, { type: 'datetime' }],
    ['an e-mail address', { type: 'string', format: 'email' }, { type: 'email' }],
    ['an address', { type: 'string', format: 'uri' }, { type: 'url' }],
    ['a person', { type: 'string', format: 'slack-user' }, { type: 'person' }],
    [
      'people',
      { type: 'array', items: { type: 'string', format: 'slack-user' }, minItems: 1 },
      { type: 'people', required: true },
    ],
    [
      'lines',
      { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
      { type: 'text', multiline: true, initial: 'a\nb' },
    ],
    ['a list of numbers', { type: 'array', items: { type: 'number' } }, { type: 'json' }],
    ['an object without properties', { type: 'object' }, { type: 'json' }],
    ['anything', {}, { type: 'json' }],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'number' }] }, { type: 'json' }],
    ['text or null', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { type: 'text', required: false }],
  ])('%s', (_, schema, expected) => {
    expect(fieldOf(schema)).toMatchObject({ name: 'it', ...expected });
  });

  it('with options for an enum, and those that are no short text go by their number', () => {
    expect(fieldOf({ enum: ['a', 'b'], default: 'b' })).toMatchObject({
      type: 'choice',
      options: [
        { label: 'a', value: 'a' },
        { label: 'b', value: 'b' },
      ],
      initial: 'b',
    });
    const long = `https://example.com/${'x'.repeat(200)}`;
    const schema = { oneOf: [{ const: long, title: 'The long one' }, { const: 7 }, { const: '' }] };
    expect(fieldOf(schema)).toMatchObject({
      options: [
        { label: 'The long one', value: '0' },
        { label: '7', value: '1' },
        { label: '(blank)', value: '2' },
      ],
    });
    expect(['0', '1', '2', '3'].map((value) => answer(schema, value))).toEqual([
      long,
      7,
      '',
      'Choose one of the options.',
    ]);
  });

  it('with Yes and No for a boolean', () => {
    expect(fieldOf({ type: 'boolean', default: false })).toMatchObject({
      type: 'choice',
      options: [
        { label: 'Yes', value: 'true' },
        { label: 'No', value: 'false' },
      ],
      initial: 'false',
    });
    expect(answer({ type: 'boolean' }, 'false')).toBe(false);
  });

  it('with several choices for a list of an enum', () => {
    const schema = { type: 'array', items: { enum: ['a', 'b', 'c'] }, maxItems: 2, default: ['c'] };
    expect(fieldOf(schema)).toMatchObject({ type: 'choices', initial: ['c'], required: false });
    expect(answer(schema, ['a', 'b'])).toEqual(['a', 'b']);
    expect(answer(schema, ['a', 'b', 'c'])).toBe('Give at most 2.');
    expect(answer(schema, [])).toEqual([]);
  });

  it('flat, when it is nested', () => {
    const schema = object({
      home: { ...object({ city: { type: 'string' }, zip: { type: 'string' } }, ['city']), title: 'Home address' },
    });
    expect(compileForm(schema).form.fields.map(({ name, label, required }) => [name, label, required])).toEqual([
      ['home.city', 'Home address · City', true],
      ['home.zip', 'Home address · Zip', false],
    ]);
  });

  it('from what it refers to', () => {
    const schema = {
      ...object({ size: { $ref: '#/$defs/Size', description: 'Of the machine' } }),
      $defs: { Size: { enum: ['S', 'L'], description: 'Any size' } },
    };
    expect(compileForm(schema).form.fields).toMatchObject([{ type: 'choice', hint: 'Of the machine' }]);
  });

  it('under a name people can read, when it has no title', () => {
    const { form } = compileForm(object({ firstName: {}, due_date: {}, URL: {} }));
    expect(form.fields.map(({ label }) => label)).toEqual(['First Name', 'Due date', 'URL']);
  });

  it('alone, when the schema is not an object', () => {
    const { form, read } = compileForm({ enum: ['red', 'blue'] });
    expect(form.fields).toMatchObject([{ name: 'answer', label: 'Answer', type: 'choice', required: true }]);
    expect(read({ answer: 'blue' })).toEqual({ value: 'blue' });
  });
});

describe('what a person has put in', () => {
  it.each<[string, unknown, FormValues[string], string]>([
    ['nothing', { type: 'string' }, null, 'Fill this in.'],
    ['blanks', { type: 'string' }, '  ', 'Fill this in.'],
    ['too little', { type: 'string', minLength: 3 }, 'ab', 'Give at least 3 characters.'],
    ['too much', { type: 'string', maxLength: 3 }, 'abcd', 'Give at most 3 characters.'],
    ['no number', { type: 'number' }, '0x10', 'Give a number, such as 3.5.'],
    ['a broken number', { type: 'integer' }, '2.5', 'Give a whole number.'],
    ['a number that is not exact', { type: 'integer' }, '9007199254740993', 'Give a smaller number.'],
    ['a number out of range', { type: 'number', minimum: 2 }, '1.9', 'Give 2 or more.'],
    ['a number at an open end', { type: 'number', exclusiveMaximum: 2 }, '2', 'Give a number below 2.'],
    ['an odd number', { type: 'integer', multipleOf: 2 }, '3', 'Give a multiple of 2.'],
    ['a day that does not exist', { type: 'string', format: 'date' }, '2026-02-30', 'Give a date, such as 2026-01-31.'],
    ['no time', { type: 'string', format: 'time' }, '24:00', 'Give a time, such as 14:30.'],
    [
      'no e-mail address',
      { type: 'string', format: 'email' },
      'ana',
      'Give an e-mail address, such as ana@example.com.',
    ],
    ['no address', { type: 'string', format: 'uri' }, 'here', 'Give a full address, such as https://example.com.'],
    ['no person', { type: 'string', format: 'slack-user' }, 'ana', 'Choose a person.'],
    [
      'another form',
      { type: 'string', pattern: '^[A-Z]+-\\d+$' },
      'x',
      'This does not have the form that is asked for: ^[A-Z]+-\\d+$',
    ],
    [
      'a bad line',
      { type: 'array', items: { type: 'string', minLength: 2 } },
      'ab\nc',
      'No. 2: Give at least 2 characters.',
    ],
    [
      'a line twice',
      { type: 'array', items: { type: 'string' }, uniqueItems: true },
      'a\na',
      expect.stringContaining('unique') as unknown as string,
    ],
    ['no JSON', {}, '{', expect.stringMatching(/^This is not JSON: /) as unknown as string],
    [
      'other JSON',
      { type: 'object', additionalProperties: { type: 'number' } },
      '{"a":"b"}',
      expect.stringMatching(/^a: /) as unknown as string,
    ],
    ['a list where a text belongs', { type: 'string' }, ['a'], 'Fill this in again.'],
  ])('is refused in words for them: %s', (_, schema, given, words) => {
    expect(answer(schema, given)).toEqual(words);
  });

  it.each<[string, unknown, FormValues[string], unknown]>([
    ['a time from the picker', { type: 'string', format: 'time' }, '14:30', '14:30'],
    ['an instant from the picker', { type: 'string', format: 'date-time' }, '1769869800', '2026-01-31T14:30:00Z'],
    [
      'an instant in words',
      { type: 'string', format: 'date-time' },
      '2026-01-31T14:30:00+02:00',
      '2026-01-31T14:30:00+02:00',
    ],
    ['a text with its blanks', { type: 'string' }, ' a ', ' a '],
    ['a number with a sign', { type: 'number' }, '+.5e1', 5],
    ['lines without blank ones', { type: 'array', items: { type: 'string' } }, ' a \n\nb\r\n', ['a', 'b']],
    [
      'people',
      { type: 'array', items: { type: 'string', format: 'slack-user' } },
      ['U0ANA', 'W0BEN'],
      ['U0ANA', 'W0BEN'],
    ],
    ['JSON', {}, '[1, {"a": null}]', [1, { a: null }]],
    ['nothing, where null will do', { type: ['string', 'null'] }, null, null],
    ['no option, where null is one', { enum: ['a', null] }, null, null],
  ])('is taken: %s', (_, schema, given, value) => {
    expect(answer(schema, given)).toEqual(value);
  });

  it('is left out where nothing was owed', () => {
    const schema = object(
      { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'array', items: { type: 'string' } } },
      ['a'],
    );
    expect(compileForm(schema).read({ a: 'x', b: null, c: '' })).toEqual({ value: { a: 'x' } });
  });

  it('owes the rest of an optional object once it is begun', () => {
    const schema = object({ home: object({ city: { type: 'string' }, zip: { type: 'string' } }) }, []);
    const { form, read } = compileForm(schema);
    expect(form.fields.map(({ required }) => required)).toEqual([false, false]);
    expect(read({})).toEqual({ value: {} });
    expect(read({ 'home.city': 'Ulm' })).toEqual({ errors: { 'home.zip': 'Fill this in.' } });
    expect(read({ 'home.city': 'Ulm', 'home.zip': '1' })).toEqual({ value: { home: { city: 'Ulm', zip: '1' } } });
  });

  it('is null for an object that may be and that nothing was put into', () => {
    const home = { anyOf: [object({ city: { type: 'string' } }), { type: 'null' }] };
    const { form, read } = compileForm(object({ home }));
    expect(form.fields).toMatchObject([{ name: 'home.city', required: false }]);
    expect(read({})).toEqual({ value: { home: null } });
  });

  it('tells of every field at once', () => {
    const reading = compileForm(object({ a: { type: 'string' }, b: { type: 'integer' } })).read({ b: 'x' });
    expect(reading).toEqual({ errors: { a: 'Fill this in.', b: 'Give a number, such as 3.5.' } });
  });
});

describe('a schema is refused in words for the agent', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);
  it.each<[string, unknown, RegExp]>([
    ['too many fields', object(Object.fromEntries(many(41).map((key) => [key, { type: 'string' }]))), /40 fields/],
    ['too many options', object({ it: { enum: many(101) } }), /^it: .*100 options/],
    ['a long option', object({ it: { enum: ['x'.repeat(76)] } }), /longer than 75/],
    ['options that look alike', object({ it: { enum: [1, '1'] } }), /look the same/],
    ['no options', object({ it: { enum: [] } }), /at least one option/],
    ['a long title', object({ it: { title: 'x'.repeat(151) } }), /longer than 150/],
    ['a long description', object({ it: { description: 'x'.repeat(2_001) } }), /longer than 2000/],
    ['a long name', object({ ['x'.repeat(201)]: {} }), /longer than 200/],
    ['a default of another type', object({ it: { type: 'integer', default: 'x' } }), /default must be a number/],
    ['a default that does not fit', object({ it: { type: 'integer', default: 3, maximum: 2 } }), /does not fit/],
    ['a default that is no option', object({ it: { enum: ['a'], default: 'b' } }), /no option/],
    ['two fields of one name', object({ 'a.b': {}, a: object({ b: {} }) }), /"a\.b"/],
    ['a nameless property', object({ '': {} }), /no name/],
    ['a requirement it does not define', object({ a: {} }, ['a', 'b']), /"b"/],
    ['look-around', object({ it: { type: 'string', pattern: '(?=a)' } }), /RE2/],
    [
      'a pattern below a choice',
      object({ it: { anyOf: [{ type: 'string', pattern: 'a' }, { type: 'number' }] } }),
      /not supported/,
    ],
    [
      'patterns for names',
      object({ it: { type: 'object', patternProperties: { '(a+)+$': {} } } }),
      /patternProperties/,
    ],
    ['conditions', object({ it: { type: 'object', if: {}, else: {} } }), /cannot be checked/],
    ['a negation', object({ it: { enum: ['a', 'b'], not: { const: 'a' } } }), /cannot be checked/],
    ['a reference to nowhere', object({ it: { $ref: '#/$defs/x' } }), /does not exist/],
    ['a reference to elsewhere', object({ it: { $ref: 'https://example.com/x.json' } }), /not in this schema/],
    ['no schema', 5, /must be an object/],
  ])('%s', (_, schema, words) => {
    expect(refusal(schema)).toMatch(words);
  });
});

describe('a hostile schema', () => {
  it('cannot refer to itself', () => {
    expect(refusal({ ...object({ a: { $ref: '#/$defs/a' } }), $defs: { a: { $ref: '#/$defs/a' } } })).toMatch(/itself/);
    expect(refusal(object({ a: { $ref: '#' } }))).toMatch(/itself/);
  });

  it('cannot grow by its references', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [
        `a${n}`,
        { anyOf: [{ $ref: `#/$defs/a${n + 1}` }, { $ref: `#/$defs/a${n + 1}` }] },
      ]),
    );
    const started = performance.now();
    expect(refusal({ ...object({ a: { $ref: '#/$defs/a0' } }), $defs: { ...$defs, a20: {} } })).toMatch(/too large/);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('cannot be deep or long', () => {
    let deep: unknown = { type: 'string' };
    for (let n = 0; n < 50_000; n += 1) deep = { type: 'array', items: deep };
    expect(refusal(object({ a: deep }))).toMatch(/deep/);
    expect(refusal(object({ a: { description: 'x'.repeat(100_001) } }))).toMatch(/too large/);
  });

  it('cannot reach a prototype', () => {
    expect(refusal(JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'))).toMatch(/__proto__/);
    const { form, read } = compileForm(object({ constructor: { type: 'string' }, toString: { type: 'string' } }));
    expect(form.fields.map(({ name }) => name)).toEqual(['constructor', 'toString']);
    expect(read({})).toEqual({ errors: { constructor: 'Fill this in.', toString: 'Fill this in.' } });
    expect(answer({}, '{"__proto__": {"bad": true}}')).not.toHaveProperty('bad');
    expect({}).not.toHaveProperty('bad');
  });

  it('cannot keep a regular expression busy', () => {
    const schema = { type: 'string', pattern: '^(a+)+$' };
    const started = performance.now();
    expect(answer(schema, `${'a'.repeat(2_900)}b`)).toMatch(/form that is asked for/);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('whatever the values', () => {
  const word = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== '');
  const lineOfText = word.map((text) => text.replace(/[\r\n]/g, '').trim()).filter((text) => text !== '');
  const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
  const leaf = fc.oneof(
    word.map((value) => ({ schema: { type: 'string' }, value })),
    fc.integer().map((value) => ({ schema: { type: 'integer' }, value })),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => ({ schema: { type: 'number' }, value: value + 0 })),
    fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
    day.map((date) => ({ schema: { type: 'string', format: 'date' }, value: date.toISOString().slice(0, 10) })),
    day.map((date) => ({ schema: { type: 'string', format: 'date-time' }, value: date.toISOString() })),
    day.map((date) => ({ schema: { type: 'string', format: 'time' }, value: date.toISOString().slice(11, 16) })),
    fc
      .array(lineOfText, { minLength: 1 })
      .map((value) => ({ schema: { type: 'array', items: { type: 'string' } }, value })),
    fc.jsonValue({ maxDepth: 3 }).map((value) => ({ schema: {}, value })),
    fc
      .uniqueArray(fc.oneof(lineOfText, fc.integer()), { minLength: 1, maxLength: 9, selector: String })
      .chain((options) => fc.constantFrom(...options).map((value) => ({ schema: { enum: options }, value }))),
    fc
      .uniqueArray(lineOfText, { minLength: 1, maxLength: 9 })
      .chain((options) =>
        fc
          .subarray(options, { minLength: 1 })
          .map((value) => ({ schema: { type: 'array', items: { enum: options } }, value })),
      ),
  );
  const key = fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !name.includes('.') && name !== '__proto__');
  const shape = fc.dictionary(key, leaf, { minKeys: 1, maxKeys: 6, noNullPrototype: true }).map((parts) => {
    const entries = Object.entries(parts);
    return {
      schema: object(Object.fromEntries(entries.map(([name, part]) => [name, part.schema]))),
      value: Object.fromEntries(entries.map(([name, part]) => [name, part.value])),
    };
  });
  const nested = fc.dictionary(key, fc.oneof(leaf, shape), { minKeys: 1, maxKeys: 4, noNullPrototype: true });

  it('a default is shown in the form, and comes back as it was', () => {
    fc.assert(
      fc.property(nested, (parts) => {
        const entries = Object.entries(parts);
        const value = Object.fromEntries(entries.map(([name, part]) => [name, part.value]));
        const schema = {
          ...object(Object.fromEntries(entries.map(([name, part]) => [name, part.schema]))),
          default: value,
        };
        const { form, read } = compileForm(schema);
        const initials = form.fields.map((field) => [field.name, 'initial' in field ? field.initial : null]);
        expect(JSON.stringify(read(Object.fromEntries(initials)))).toBe(JSON.stringify({ value }));
      }),
    );
  });

  it('an answer is either of the shape of the schema or refused by the names of its fields', () => {
    const given = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(null));
    fc.assert(
      fc.property(shape, fc.array(given, { minLength: 6, maxLength: 6 }), ({ schema }, values) => {
        const { form, read } = compileForm(schema);
        const names = form.fields.map(({ name }) => name);
        const reading = read(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])));
        if ('errors' in reading) expect(names).toEqual(expect.arrayContaining(Object.keys(reading.errors)));
        else expect(Object.keys(reading.value as object).sort()).toEqual([...schema.required].sort());
      }),
    );
  });

  it('any schema is either a form within the limits of Slack or refused with a reason', () => {
    const keyword = fc.constantFrom(
      'type',
      'enum',
      'const',
      'items',
      'properties',
      'required',
      'pattern',
      'format',
      'default',
      '$ref',
      'anyOf',
      'oneOf',
      'allOf',
      'title',
      'minLength',
      'maximum',
      'minItems',
    );
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        'string',
        'object',
        'array',
        'number',
        'boolean',
        ['string', 'null'],
        'date',
        '#',
        '#/$defs/a',
        {},
        [{}],
        [],
        true,
        { a: { type: 'string' } },
        ['a'],
      ),
      fc.jsonValue(),
    );
    const { schema } = fc.letrec((tie) => ({
      schema: fc.dictionary(
        keyword,
        fc.oneof(
          { maxDepth: 4 },
          value,
          tie('schema'),
          tie('schema').map((a) => ({ a })),
          tie('schema').map((a) => [a]),
        ),
      ),
    }));
    fc.assert(
      fc.property(schema, (given) => {
        let compiled: ReturnType<typeof compileForm>;
        try {
          compiled = compileForm(given);
        } catch (error) {
          expect(error).toBeInstanceOf(SchemaError);
          return;
        }
        for (const { name, label, hint } of compiled.form.fields) {
          expect(name.length).toBeLessThanOrEqual(200);
          expect(label.length).toBeLessThanOrEqual(150);
          expect((hint ?? '').length).toBeLessThanOrEqual(2_000);
        }
        compiled.read({});
      }),
      { numRuns: 500 },
    );
  });
});
