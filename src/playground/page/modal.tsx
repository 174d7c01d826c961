import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BlockAction } from './blocks/act.ts';
import { renderBlocks } from './blocks/blocks.tsx';
import type { PlaygroundView } from './contract.ts';
import { Dialog } from './dialog.tsx';
import type { Directory } from './directory.ts';
import { stringOf, textOf } from './fields.ts';
import { ModalInput } from './modal-input.tsx';
import { type Filled, missingValues, stateValues, valuesIn } from './modal-values.ts';

interface ModalProps {
  view: PlaygroundView;
  directory: Directory;
  /** Resolves to what is wrong, by block id; rejects when the app has not answered. */
  submit: (values: Record<string, Record<string, unknown>>) => Promise<Record<string, string>>;
  act: (action: BlockAction) => Promise<void>;
  close: () => void;
}

/** A view an app opened for this person; the app may change what is in it while it is open. */
export function Modal({ view: { view }, directory, submit, act, close }: ModalProps): VNode {
  const { blocks } = view;
  const [typed, setTyped] = useState<Filled>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const filled = valuesIn(blocks, typed);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => (firstField(body.current) ?? body.current)?.focus(), []);
  useEffect(() => firstField(body.current, '.field-wrong ')?.focus(), [errors]);
  useEffect(() => {
    setErrors({});
    setProblem('');
  }, [view]);

  /** Behind an open dialog nothing else can be read, so what went wrong is said inside of it. */
  const attempt = async (work: () => Promise<void>) => {
    setProblem('');
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'Something went wrong; try again.');
    }
  };
  const send = async () => {
    const missing = missingValues(blocks, filled);
    setErrors(missing);
    if (Object.keys(missing).length > 0 || busy) return;
    setBusy(true);
    await attempt(async () => setErrors(await submit(stateValues(blocks, filled))));
    setBusy(false);
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
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable to be scrolled by keys. */}
        <div class="dialog-body" ref={body} tabIndex={0}>
          {blocks.map((block, index) => {
            const id = stringOf(block.block_id);
            if (block.type !== 'input') {
              return renderBlocks([block], { directory, act: (action) => attempt(() => act(action)) });
            }
            return (
              <ModalInput
                key={id || String(index)}
                block={block}
                values={filled[id] ?? []}
                error={errors[id]}
                directory={directory}
                onChange={(values) => setTyped({ ...typed, [id]: values })}
              />
            );
          })}
        </div>
        {problem && (
          <p class="dialog-problem" role="alert">
            {problem}
          </p>
        )}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {textOf(view.close) || (view.submit ? 'Cancel' : 'Close')}
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

function firstField(body: HTMLElement | null, within = ''): HTMLElement | null | undefined {
  const fields = ['input', 'select', 'textarea'].map((name) => `${within}${name}`);
  return body?.querySelector<HTMLElement>(fields.join());
}
