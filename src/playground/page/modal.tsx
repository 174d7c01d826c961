import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { renderBlocks } from './blocks/blocks.tsx';
import type { PlaygroundView } from './contract.ts';
import { Dialog } from './dialog.tsx';
import type { Directory } from './directory.ts';
import { stringOf, textOf } from './fields.ts';
import { ModalInput } from './modal-input.tsx';
import { initialValues, missingValues, stateValues } from './modal-values.ts';

interface ModalProps {
  view: PlaygroundView;
  directory: Directory;
  /** Resolves to what is wrong, by block id. */
  submit: (values: Record<string, Record<string, unknown>>) => Promise<Record<string, string>>;
  close: () => void;
}

/** A view an app opened for this person. */
export function Modal({ view: { view }, directory, submit, close }: ModalProps): VNode {
  const { blocks } = view;
  const [filled, setFilled] = useState(() => initialValues(blocks));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const send = async () => {
    const missing = missingValues(blocks, filled);
    setErrors(missing);
    if (Object.keys(missing).length > 0 || busy) return;
    setBusy(true);
    try {
      setErrors(await submit(stateValues(blocks, filled)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={textOf(view.title) || 'Drawbridge'} onClose={close}>
      <form
        class="dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <div class="dialog-body">
          {blocks.map((block, index) => {
            const id = stringOf(block.block_id);
            if (block.type !== 'input') return renderBlocks([block], { directory });
            return (
              <ModalInput
                key={id || String(index)}
                block={block}
                values={filled[id] ?? []}
                error={errors[id]}
                directory={directory}
                onChange={(values) => setFilled({ ...filled, [id]: values })}
              />
            );
          })}
        </div>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {textOf(view.close) || 'Cancel'}
          </button>
          {view.submit ? (
            <button type="submit" class="button button-primary" disabled={busy}>
              {textOf(view.submit)}
            </button>
          ) : null}
        </footer>
      </form>
    </Dialog>
  );
}
