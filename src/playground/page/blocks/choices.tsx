import type { ComponentChildren, VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import { withEmoji } from '../emoji.ts';
import { type Fields, fieldsOf, listOf, stringOf, textOf } from '../fields.ts';
import type { ElementProps } from './act.ts';
import { useAction } from './button.tsx';
import { renderText } from './text.tsx';

/** A `static_select` in a message: choosing sends. */
export function SelectElement(props: ElementProps): VNode {
  const { element } = props;
  const action = useAction(props);
  const [value, setValue] = useState(stringOf(fieldsOf(element.initial_option).value));
  const placeholder = textOf(element.placeholder) || 'Choose one';
  return (
    <>
      <select
        class="select"
        aria-label={placeholder}
        value={value}
        disabled={action.disabled}
        onChange={(event) => {
          setValue(event.currentTarget.value);
          action.run(event.currentTarget.value);
        }}
      >
        <option value="" disabled>
          {placeholder}
        </option>
        {optionList(element)}
      </select>
      {action.dialog}
    </>
  );
}

/** `<option>`s of an element, in their groups when it has any. */
export function optionList(element: Fields): VNode[] {
  const groups = listOf(element.option_groups);
  if (groups.length === 0) return listOf(element.options).map(plainOption);
  return groups.map((group) => (
    <optgroup label={textOf(group.label)}>{listOf(group.options).map(plainOption)}</optgroup>
  ));
}

function plainOption(option: Fields): VNode {
  return <option value={stringOf(option.value)}>{withEmoji(textOf(option.text))}</option>;
}

/** An `overflow` menu, folded behind three dots. */
export function OverflowElement(props: ElementProps): VNode {
  const action = useAction(props);
  const [open, setOpen] = useState(false);
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !open) return;
    event.preventDefault();
    setOpen(false);
  };
  return (
    <div class="overflow">
      <button
        type="button"
        class="icon-button"
        aria-label="More actions"
        aria-expanded={open}
        disabled={action.disabled}
        onClick={() => setOpen(!open)}
        onKeyDown={closeOnEscape}
      >
        ⋯
      </button>
      {open && (
        <div class="menu">
          {listOf(props.element.options).map((option) => (
            <button
              type="button"
              class="menu-item"
              onClick={() => {
                setOpen(false);
                action.run(stringOf(option.value));
              }}
              onKeyDown={closeOnEscape}
            >
              {withEmoji(textOf(option.text))}
            </button>
          ))}
        </div>
      )}
      {action.dialog}
    </div>
  );
}

/** `checkboxes` and `radio_buttons` in a message; several checked values go as one, separated by commas. */
export function OptionsElement(props: ElementProps): VNode {
  const { element, context } = props;
  const action = useAction(props);
  const single = element.type === 'radio_buttons';
  const initial = single ? [fieldsOf(element.initial_option)] : listOf(element.initial_options);
  const [chosen, setChosen] = useState(initial.map((option) => stringOf(option.value)).filter(Boolean));
  return (
    <>
      <OptionInputs
        element={element}
        chosen={chosen}
        disabled={action.disabled}
        describe={(value) => renderText(value, context.directory)}
        onChange={(values) => {
          setChosen(values);
          action.run(values.join(','));
        }}
      />
      {action.dialog}
    </>
  );
}

interface OptionInputsProps {
  element: Fields;
  chosen: string[];
  describe: (text: unknown) => ComponentChildren;
  onChange: (values: string[]) => void;
  disabled?: boolean;
  labelledBy?: string;
}

function allOptions(element: Fields): Fields[] {
  const grouped = listOf(element.option_groups).flatMap((group) => listOf(group.options));
  return [...listOf(element.options), ...grouped];
}

/** A group of checkboxes or radio buttons over `chosen` values. */
export function OptionInputs({
  element,
  chosen,
  describe,
  onChange,
  disabled = false,
  labelledBy,
}: OptionInputsProps): VNode {
  const name = useId();
  const single = element.type === 'radio_buttons';
  return (
    <fieldset class="options" aria-labelledby={labelledBy}>
      {allOptions(element).map((option) => {
        const value = stringOf(option.value);
        const toggled = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
        return (
          <label class="option">
            <input
              type={single ? 'radio' : 'checkbox'}
              name={name}
              checked={chosen.includes(value)}
              disabled={disabled}
              onChange={() => onChange(single ? [value] : toggled)}
            />
            <span>
              {describe(option.text)}
              {option.description ? <small>{describe(option.description)}</small> : null}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

export function DateElement(props: ElementProps): VNode {
  const { element } = props;
  const action = useAction(props);
  return (
    <>
      <input
        type="date"
        class="select"
        aria-label={textOf(element.placeholder) || 'Date'}
        value={stringOf(element.initial_date)}
        disabled={action.disabled}
        onChange={(event) => action.run(event.currentTarget.value)}
      />
      {action.dialog}
    </>
  );
}
