import { h } from 'preact';
import { expect, it } from 'vitest';
import type { PlaygroundState } from '../../../src/playground/page/contract.ts';
import { Intro } from '../../../src/playground/page/welcome.tsx';
import { toHtml } from './to-html.ts';
import { channel, directory } from './workspace.ts';

function intro(agent: PlaygroundState['agent']): string {
  const room = channel({ id: 'C1', name: 'ops', members: ['U1', 'UBOT'] });
  const welcome = { shown: true, dismiss: () => {} };
  return toHtml(h(Intro, { channel: room, directory, agent, welcome, suggest: () => {} }));
}

it('promises that nothing leaves the machine only where a script answers', () => {
  expect(intro('scripted')).toContain('nothing leaves this machine');
  expect(intro('real')).not.toContain('nothing leaves');
  expect(intro('real')).toContain('real agent of your settings');
});

it('suggests what only the script can play to nobody else', () => {
  expect(intro('scripted')).toContain('everything it can play');
  expect(intro('real')).not.toContain('everything it can play');
});
