import { describe, expect, it } from 'vitest';
import { askUser } from '../../../src/tools/built-in/ask-user.ts';

const tool = askUser();
const question = 'Which region?';

describe('ask_user', () => {
  it('asks for a text of several lines when it is not told more', () => {
    const asked = tool.ask({ question });
    expect(asked).toMatchObject({ question, buttons: null, person: null });
    expect(asked.form.fields).toMatchObject([{ name: 'answer', type: 'text', multiline: true, required: true }]);
    expect(tool.read({ question }, { answer: 'Both.\nWhy?' })).toEqual({ text: 'Both.\nWhy?' });
    expect(tool.read({ question }, { answer: '' })).toEqual({ errors: { answer: 'Fill this in.' } });
  });

  it('offers a few options as buttons', () => {
    const input = { question, options: ['eu', 'us'], person: ' U0BEN ' };
    expect(tool.ask(input)).toMatchObject({
      buttons: [
        { label: 'eu', value: 'eu' },
        { label: 'us', value: 'us' },
      ],
      person: 'U0BEN',
    });
    expect(tool.read(input, { answer: 'us' })).toEqual({ text: 'us' });
    expect(tool.read(input, { answer: 'asia' })).toEqual({ errors: { answer: 'Choose one of the options.' } });
  });

  const object = (properties: object, required: string[]) => ({ type: 'object', properties, required });
  it.each<[string, object, number | null]>([
    ['five options', { options: ['1', '2', '3', '4', '5'] }, 5],
    ['six options', { options: ['1', '2', '3', '4', '5', '6'] }, null],
    ['one boolean', { schema: object({ ok: { type: 'boolean' } }, ['ok']) }, 2],
    ['one enum', { schema: object({ it: { enum: ['a', 'b', 'c'] } }, ['it']) }, 3],
    ['one that may be left out', { schema: object({ ok: { type: 'boolean' } }, []) }, null],
    [
      'one beside another field',
      { schema: object({ ok: { type: 'boolean' }, why: { type: 'string' } }, ['ok']) },
      null,
    ],
    ['one text', { schema: object({ why: { type: 'string' } }, ['why']) }, null],
  ])('has buttons for a whole form that is one choice among a few: %s', (_, more, count) => {
    expect(tool.ask({ question, ...more }).buttons?.length ?? null).toBe(count);
  });

  it('gives JSON of the shape of its schema', () => {
    const schema = object({ ok: { type: 'boolean' }, count: { type: 'integer' } }, ['ok']);
    expect(tool.read({ question, schema }, { ok: 'true', count: '3' })).toEqual({ text: '{"ok":true,"count":3}' });
  });

  it.each<[string, unknown, RegExp]>([
    ['no question', {}, /^question: /],
    ['a blank question', { question: ' ' }, /^question: /],
    ['an endless question', { question: 'x'.repeat(3_001) }, /^question: /],
    ['options and a schema', { question, options: ['a'], schema: {} }, /not both/],
    ['an option too long for Slack', { question, options: ['x'.repeat(80)] }, /longer than 75/],
    [
      'a schema beyond the limits of Slack',
      { question, schema: object({ a: { title: 'x'.repeat(200) } }, []) },
      /^a: its title/,
    ],
    ['a word it does not know', { question, choices: ['a'] }, /choices/],
  ])('tells the agent what is wrong before anybody is asked: %s', (_, input, words) => {
    expect(tool.check(input)).toMatch(words);
  });

  it('takes what is right', () => {
    expect(tool.check({ question })).toBeNull();
    expect(tool.check({ question, options: ['a', 'b'], person: 'U0ANA' })).toBeNull();
  });

  it('has a schema that the agents API takes', () => {
    expect(tool.inputSchema).toMatchObject({ type: 'object', required: ['question'] });
  });
});
