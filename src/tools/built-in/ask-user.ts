import { z } from 'zod';
import type { PersonTool } from '../../thread/gate-ports.ts';
import type { Form, Option } from '../../thread/question.ts';
import { type CompiledForm, compileForm } from '../form/compile-form.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { zodInput } from '../tool-input.ts';

const MAX_QUESTION = 3_000;
const MAX_BUTTONS = 5;

const input = zodInput(
  z
    .strictObject({
      question: z
        .string()
        .trim()
        .min(1)
        .max(MAX_QUESTION)
        .meta({ description: 'What you want to know, in full: the person sees nothing else. Plain text.' }),
      options: z
        .array(z.string())
        .min(1)
        .optional()
        .meta({ description: 'Answers to choose one from, 75 characters each at most. Up to 5 become buttons.' }),
      schema: z
        .record(z.string(), z.unknown())
        .optional()
        .meta({
          description:
            'Instead of options: a JSON Schema of the answer, type object, which becomes a form with one field per ' +
            'property. "title" is the label and "description" the hint. Besides the usual formats: "textarea" for ' +
            'long text, "slack-user" for a person (the answer has their id). A date-time comes in UTC, a time as 14:30.',
        }),
      person: z.string().trim().min(1).optional().meta({
        description:
          'Who is asked, as a Slack user id (U…): somebody in this conversation. Left out: whoever you work for.',
      }),
    })
    .refine(({ options, schema }) => !(options && schema), 'give options or schema, not both'),
);

/** What `input` has checked; `check` lets nothing else pass. */
interface AskInput {
  question: string;
  options?: string[];
  schema?: Record<string, unknown>;
  person?: string;
}

/** A person is the tool: the agent asks, they answer with a button or a form. */
export function askUser(): PersonTool {
  return {
    type: 'person',
    name: 'ask_user',
    description:
      'Asks a person in Slack and waits for the answer. Use it when you need a decision, a fact or a preference that ' +
      'only a person has. Ask everything that belongs together at once, as a form. The answer is the text, the chosen ' +
      'option, or JSON of the shape of your schema. An error result says when nobody answered.',
    inputSchema: input.schema,
    check(given) {
      const reading = input.read(given);
      if ('problem' in reading) return reading.problem;
      try {
        formOf(reading.value as AskInput);
        return null;
      } catch (error) {
        if (error instanceof SchemaError) return error.message;
        throw error;
      }
    },
    ask(given) {
      const { question, person = null, ...rest } = read(given);
      const { form } = formOf({ question, ...rest });
      return { question, form, buttons: buttonsOf(form), person };
    },
    read(given, values) {
      const asked = read(given);
      const reading = formOf(asked).read(values);
      if ('errors' in reading) return reading;
      const { value } = reading;
      return { text: typeof value === 'string' ? value : JSON.stringify(value) };
    },
  };
}

function read(given: unknown): AskInput {
  const reading = input.read(given);
  if ('problem' in reading)
    throw new TypeError(`ask_user was used with an input that was not checked: ${reading.problem}`);
  return reading.value as AskInput;
}

function formOf({ options, schema }: AskInput): CompiledForm {
  return compileForm(schema ?? (options ? { enum: options } : { type: 'string', format: 'textarea' }));
}

/** The whole form as buttons, when it is one choice among a few that has to be made. */
function buttonsOf({ fields: [field, ...others] }: Form): Option[] | null {
  if (!field || others.length > 0 || !field.required || field.type !== 'choice') return null;
  return field.options.length <= MAX_BUTTONS ? field.options : null;
}
