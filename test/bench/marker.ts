/** A word that stands once in all that the agents say, so that it can be found again wherever it is shown. */
export interface Marker {
  thread: number;
  /** Which step of the thread's turn. */
  step: number;
  delta: number;
}

// Whole only with its last letter: half of one is not taken for another.
const MARKER = /z(\d+)z(\d+)z(\d+)z/g;

export function markerOf({ thread, step, delta }: Marker): string {
  return `z${thread}z${step}z${delta}z`;
}

/** All markers in a text, in their order. */
export function markersIn(text: string): Marker[] {
  return [...text.matchAll(MARKER)].map(([, thread, step, delta]) => ({
    thread: Number(thread),
    step: Number(step),
    delta: Number(delta),
  }));
}
