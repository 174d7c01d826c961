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

/** An `input` block: a label, its element, a hint, and what is wrong with it. */
export function ModalInput(props: ModalInputProps): VNode {
  const { block, error } = props;
  const id = useId();
  const element = fieldsOf(block.element);
  const grouped = element.type === 'checkboxes' || element.type === 'radio_buttons';
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
      {block.hint ? <p class="field-hint">{textOf(block.hint)}</p> : null}
    </div>
  );
}

function Element({
  element,
  id,
  values,
  error,
  directory,
  onChange,
}: ModalInputProps & { element: Fields; id: string }) {
  const common = {
    id,
    'aria-invalid': Boolean(error),
    'aria-describedby': error ? `${id}-error` : undefined,
    placeholder: textOf(element.placeholder),
    value: values[0] ?? '',
  };
  const onInput = (event: { currentTarget: { value: string } }) => onChange([event.currentTarget.value]);
  const { placeholder: _, ...plain } = common;
  switch (element.type) {
    case 'plain_text_input':
      if (element.multiline === true) return <textarea {...common} rows={4} onInput={onInput} />;
      return <input type="text" {...common} maxLength={Number(element.max_length) || 3000} onInput={onInput} />;
    case 'number_input':
      return <input type="number" step={element.is_decimal_allowed ? 'any' : 1} {...common} onInput={onInput} />;
    case 'email_text_input':
    case 'url_text_input':
      return <input type="text" inputMode="email" {...common} onInput={onInput} />;
    case 'datepicker':
      return <input type="date" {...plain} onInput={onInput} />;
    case 'static_select':
      return (
        <select class="select" {...plain} onChange={onInput}>
          <option value="">{common.placeholder || 'Choose one'}</option>
          {optionList(element)}
        </select>
      );
    case 'multi_static_select':
      return (
        <OptionInputs
          element={element}
          chosen={values}
          describe={(text) => renderText(text, directory)}
          onChange={onChange}
          labelledBy={`${id}-label`}
        />
      );
    case 'checkboxes':
    case 'radio_buttons':
      return (
        <OptionInputs
          element={element}
          chosen={values}
          describe={(text) => renderText(text, directory)}
          onChange={onChange}
          labelledBy={`${id}-label`}
        />
      );
    default:
      return <p class="block-unknown">An input of type “{stringOf(element.type)}”, which this page does not draw.</p>;
  }
}
