import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { OptionInputs, optionList } from './blocks/choices.tsx';
import { renderText } from './blocks/text.tsx';
import type { Directory } from './directory.ts';
import { type Fields, fieldsOf, stringOf, textOf } from './fields.ts';

interface ModalInputProps {
  block: Fields;
  values: string[];
  error: string | undefined;
  directory: Directory;
  onChange: (values: string[]) => void;
}

const GROUPED = /^(checkboxes|radio_buttons|multi_static_select|multi_users_select)$/;

/** An `input` block: a label, its element, a hint, and what is wrong with it. */
export function ModalInput(props: ModalInputProps): VNode {
  const { block, error } = props;
  const id = useId();
  const element = fieldsOf(block.element);
  const grouped = GROUPED.test(stringOf(element.type));
  const label = textOf(block.label);
  return (
    <div class={error ? 'field field-wrong' : 'field'}>
      <label class="field-label" htmlFor={grouped ? undefined : id} id={`${id}-label`}>
        {label} {block.optional === true && <small>(optional)</small>}
      </label>
      <Element {...props} element={element} id={id} />
      {error && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {block.hint ? (
        <p class="field-hint" id={`${id}-hint`}>
          {textOf(block.hint)}
        </p>
      ) : null}
    </div>
  );
}

function Element(props: ModalInputProps & { element: Fields; id: string }): VNode {
  const { block, element, id, values, error, directory, onChange } = props;
  const described = [error ? `${id}-error` : '', block.hint ? `${id}-hint` : ''].filter(Boolean).join(' ');
  const common = {
    id,
    'aria-invalid': Boolean(error),
    'aria-describedby': described || undefined,
    placeholder: textOf(element.placeholder),
    value: values[0] ?? '',
  };
  const onInput = (event: { currentTarget: { value: string } }) => onChange([event.currentTarget.value]);
  const { placeholder: _, ...plain } = common;
  const options = (of: Fields) => (
    <OptionInputs
      element={of}
      chosen={values}
      describe={(text) => renderText(text, directory)}
      onChange={onChange}
      labelledBy={`${id}-label`}
    />
  );
  switch (element.type) {
    case 'plain_text_input':
      if (element.multiline === true) return <textarea {...common} rows={4} onInput={onInput} />;
      return <input type="text" {...common} maxLength={Number(element.max_length) || 3000} onInput={onInput} />;
    case 'number_input':
      return <input type="text" inputMode="decimal" {...common} onInput={onInput} />;
    case 'email_text_input':
      return <input type="text" inputMode="email" autocomplete="off" {...common} onInput={onInput} />;
    case 'url_text_input':
      return <input type="text" inputMode="url" autocomplete="off" {...common} onInput={onInput} />;
    case 'datepicker':
      return <input type="date" {...plain} onInput={onInput} />;
    case 'timepicker':
      return <input type="time" {...plain} onInput={onInput} />;
    case 'datetimepicker':
      return <input type="datetime-local" {...plain} onInput={onInput} />;
    case 'static_select':
      return (
        <select class="select" {...plain} onChange={onInput}>
          <option value="">{common.placeholder || 'Choose one'}</option>
          {optionList(element)}
        </select>
      );
    case 'users_select':
      return (
        <select class="select" {...plain} onChange={onInput}>
          <option value="">{common.placeholder || 'Choose a person'}</option>
          {optionList({ options: peopleOf(directory) })}
        </select>
      );
    case 'multi_users_select':
      return options({ ...element, options: peopleOf(directory) });
    case 'multi_static_select':
    case 'checkboxes':
    case 'radio_buttons':
      return options(element);
    default:
      return <p class="block-unknown">An input of type “{stringOf(element.type)}”, which this page does not draw.</p>;
  }
}

/** Slack's own lists of people leave out those who are deactivated. */
function peopleOf(directory: Directory): Fields[] {
  return directory.people
    .filter((person) => !person.deleted)
    .map(({ id, name }) => ({ text: { type: 'plain_text', text: name }, value: id }));
}
