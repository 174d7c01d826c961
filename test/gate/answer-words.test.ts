import { expect, it } from 'vitest';
import { answerWords } from '../../src/gate/answer-words.ts';
import type { Field } from '../../src/thread/question.ts';

const base = { hint: null, required: true };
const text = (name: string, label: string): Field => ({
  ...base,
  name,
  label,
  type: 'text',
  multiline: false,
  minLength: null,
  maxLength: null,
  initial: null,
});
const regions: Field = {
  ...base,
  name: 'regions',
  label: 'Regions',
  type: 'choices',
  options: [
    { label: 'Europe', value: 'eu' },
    { label: 'America', value: 'us' },
  ],
  initial: [],
};

it('names each field that was filled in, and the choices as they were offered', () => {
  const form = { fields: [text('title', 'Title'), regions, text('notes', 'Notes')] };
  expect(answerWords(form, { title: 'v2', regions: ['eu', 'us'], notes: null })).toBe(
    'Title: v2\nRegions: Europe, America',
  );
});

it('gives the value alone where there is one field only', () => {
  expect(answerWords({ fields: [text('answer', 'Answer')] }, { answer: 'because' })).toBe('because');
  expect(answerWords({ fields: [regions] }, { regions: [] })).toBe('');
});
