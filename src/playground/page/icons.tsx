import type { VNode } from 'preact';

const paths = {
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'm6 6 12 12M18 6 6 18',
  reply: 'M20 12a7 7 0 0 1-7 7H4l2.5-3A7 7 0 1 1 20 12Z',
  attach: 'm20 11-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 16.6a1.7 1.7 0 0 1-2.4-2.4L15 6.6',
  send: 'M4 20 21 12 4 4l3 8-3 8Zm3-8h6',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  traffic: 'M7 20V5m0 0L3.5 8.5M7 5l3.5 3.5M17 4v15m0 0-3.5-3.5M17 19l3.5-3.5',
  good: 'M7 11v9H4v-9zm0 0 4-7c1.5 0 2.3 1 2 2.5L12.3 10H18a2 2 0 0 1 2 2.4l-1.2 6a2 2 0 0 1-2 1.6H7',
  bad: 'M7 13V4H4v9zm0 0 4 7c1.5 0 2.3-1 2-2.5L12.3 14H18a2 2 0 0 0 2-2.4l-1.2-6a2 2 0 0 0-2-1.6H7',
  trash: 'M5 7h14M9 7V4h6v3m2 0-1 13H8L7 7',
  download: 'M12 4v11m0 0-5-5m5 5 5-5M4 20h16',
  down: 'M12 5v14m0 0-6-6m6 6 6-6',
} as const;

/** A line drawing beside a label; it is never the only name of a control. */
export function Icon({ name }: { name: keyof typeof paths }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** Two towers and a raised bridge. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 20V7h3.5v13M16.5 20V7H20v13M7.5 17 15 9.5M2.5 20h19" />
    </svg>
  );
}
