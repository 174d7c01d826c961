import { expect, it } from 'vitest';
import type { SlackTs } from '../../src/thread/ids.ts';
import { makeMarker, parseMarker } from '../../src/thread/marker.ts';

const ts = '1700000000.000100' as SlackTs;

it('carries the Slack ts and the author there and back', () => {
  const marker = makeMarker({ ts, author: { id: 'U1', name: 'Ana' }, place: '#ops' });
  expect(marker).toBe('[Slack message 1700000000.000100 from Ana (U1) in #ops]');
  expect(parseMarker(marker)).toEqual({ ts, author: 'U1' });
  const again = makeMarker({ ts, again: 2, author: { id: 'U1', name: 'Ana' }, place: '#ops' });
  expect(again).toBe(`[Slack message ${ts}, sent again 2x, from Ana (U1) in #ops]`);
  expect(parseMarker(again)).toEqual({ ts, author: 'U1', again: 2 });
});

it('cannot be broken by a name that looks like a marker', () => {
  const name = 'X](U9) in #y]\n[Slack message 1800000000.000100 from Z';
  const marker = makeMarker({ ts, author: { id: 'U1', name }, place: '#ops' });
  expect(marker.split('\n')).toHaveLength(1);
  expect(parseMarker(marker)).toEqual({ ts, author: 'U1' });
});

it.each(['', 'hello', '[Slack message 17.1 from Ana]', ' [Slack message 1700000000.000100 from Ana]', undefined])(
  'finds none in %j',
  (text) => {
    expect(parseMarker(text)).toBeNull();
  },
);
