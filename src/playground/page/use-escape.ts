import { useEffect } from 'preact/hooks';

interface Layer {
  open: boolean;
  /** Only when the focus is inside of this. */
  within?: string;
  close: () => void;
}

/** Escape closes the first open layer, unless something nearer to the focus has used the key. */
export function useEscape(layers: Layer[]): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const layer = layers.find(({ open, within }) => open && (!within || document.activeElement?.closest(within)));
      if (!layer) return;
      event.preventDefault();
      layer.close();
      // The field one writes in is where one goes on.
      document.querySelector<HTMLElement>('.channel textarea')?.focus();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}
