import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../dialog.tsx';
import { withEmoji } from '../emoji.ts';
import { fieldsOf, stringOf, textOf } from '../fields.ts';
import { Icon } from '../icons.tsx';
import { safeHref } from '../links.ts';
import type { BlockAction, BlockContext, ElementProps } from './act.ts';
import { renderText } from './text.tsx';

/** Sends an action after its confirm dialog, if it has one, and tells whether it is on its way. */
export function useAction({ element, context }: ElementProps) {
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<BlockAction>();
  const { act } = context;
  const send = async (action: BlockAction) => {
    setAsking(undefined);
    setBusy(true);
    try {
      await act?.(action);
    } finally {
      setBusy(false);
    }
  };
  const confirm = element.confirm ? fieldsOf(element.confirm) : undefined;
  return {
    disabled: busy || !act,
    run(value?: string) {
      const action = { action_id: stringOf(element.action_id), ...(value ? { value } : {}) };
      if (confirm) setAsking(action);
      else void send(action);
    },
    dialog: confirm && asking && (
      <ConfirmDialog
        confirm={confirm}
        context={context}
        onConfirm={() => void send(asking)}
        onClose={() => setAsking(undefined)}
      />
    ),
  };
}

interface ConfirmProps {
  confirm: Record<string, unknown>;
  context: BlockContext;
  onConfirm: () => void;
  onClose: () => void;
}

function ConfirmDialog({ confirm, context, onConfirm, onClose }: ConfirmProps): VNode {
  return (
    <Dialog small title={textOf(confirm.title) || 'Are you sure?'} onClose={onClose}>
      <div class="dialog-body">
        <div class="mrkdwn">{renderText(confirm.text, context.directory)}</div>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {textOf(confirm.deny) || 'Cancel'}
        </button>
        <button
          type="button"
          class={confirm.style === 'danger' ? 'button button-danger' : 'button button-primary'}
          onClick={onConfirm}
        >
          {textOf(confirm.confirm) || 'Yes'}
        </button>
      </footer>
    </Dialog>
  );
}

/** A `button` element; with a `url` it is a link that also tells the app it was pressed, as in Slack. */
export function ButtonElement(props: ElementProps): VNode {
  const { element } = props;
  const action = useAction(props);
  const style = element.style === 'primary' || element.style === 'danger' ? ` button-${element.style}` : '';
  const label = withEmoji(textOf(element.text));
  const href = safeHref(stringOf(element.url));
  const press = () => action.run(stringOf(element.value));
  return (
    <>
      {href ? (
        <a class={`button${style}`} href={href} target="_blank" rel="noopener noreferrer" onClick={press}>
          {label}
        </a>
      ) : (
        <button
          type="button"
          class={`button${style}`}
          disabled={action.disabled}
          aria-label={stringOf(element.accessibility_label) || undefined}
          onClick={press}
        >
          {label}
        </button>
      )}
      {action.dialog}
    </>
  );
}

/** Thumbs up and down under an answer; the chosen one stays marked. */
export function FeedbackButtons(props: ElementProps): VNode {
  const [chosen, setChosen] = useState<string>();
  const action = useAction(props);
  const choice = (name: 'positive_button' | 'negative_button', sign: 'good' | 'bad', fallback: string) => {
    const button = fieldsOf(props.element[name]);
    const label = textOf(button.text) || fallback;
    return (
      <button
        type="button"
        class="icon-button feedback"
        title={label}
        aria-label={stringOf(button.accessibility_label) || label}
        aria-pressed={chosen === name}
        disabled={action.disabled}
        onClick={() => {
          setChosen(name);
          action.run(stringOf(button.value));
        }}
      >
        <Icon name={sign} />
      </button>
    );
  };
  return (
    <>
      {choice('positive_button', 'good', 'Good answer')}
      {choice('negative_button', 'bad', 'Bad answer')}
    </>
  );
}

export function IconButton(props: ElementProps): VNode | null {
  const { element, context } = props;
  const action = useAction(props);
  const visibleTo = element.visible_to_user_ids;
  const hidden = Array.isArray(visibleTo) && visibleTo.length > 0 && !visibleTo.includes(context.directory.me);
  if (hidden) return null;
  const label: ComponentChildren = withEmoji(textOf(element.text));
  return (
    <>
      <button
        type="button"
        class="icon-button"
        disabled={action.disabled}
        aria-label={stringOf(element.accessibility_label) || undefined}
        onClick={() => action.run(stringOf(element.value))}
      >
        {element.icon === 'trash' && <Icon name="trash" />}
        {label}
      </button>
      {action.dialog}
    </>
  );
}
