import { describe, expect, it } from 'vitest';
import { renderBlocks } from '../../../src/playground/page/blocks/blocks.tsx';
import { renderRichText } from '../../../src/playground/page/blocks/rich-text.tsx';
import { renderPlan, renderTaskCard } from '../../../src/playground/page/blocks/task-card.tsx';
import type { PlaygroundStream } from '../../../src/playground/page/contract.ts';
import { renderStream } from '../../../src/playground/page/stream.tsx';
import { toHtml } from './to-html.ts';
import { directory } from './workspace.ts';

const text = (words: string) => ({ type: 'text', text: words });
const section = (...elements: unknown[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});
const textOf = (html: string) => html.replace(/<[^>]*>/g, '|').replace(/\|+/g, '|');

describe('rich text', () => {
  it('styles text, names people and never parses', () => {
    const block = section(
      { ...text('*raw* <@U2>'), style: { bold: true, code: true } },
      { type: 'user', user_id: 'U2' },
      { type: 'emoji', name: 'x' },
    );
    expect(toHtml(renderRichText(block, directory))).toContain(
      '<strong><code>*raw* &lt;@U2&gt;</code></strong><span class="mention">@Ben Lee</span>❌',
    );
  });

  it('makes no link of an unsafe address', () => {
    const block = section({ type: 'link', url: 'javascript:alert(1)', text: 'press' });
    expect(toHtml(renderRichText(block, directory))).not.toContain('href');
  });

  it('survives blocks of the wrong shape', () => {
    for (const block of [
      undefined,
      null,
      'text',
      { elements: 'no' },
      { elements: [null, 3, { type: 'rich_text_list' }] },
    ]) {
      expect(() => toHtml(renderRichText(block, directory))).not.toThrow();
    }
  });
});

describe('blocks', () => {
  it('names a type it does not draw', () => {
    expect(toHtml(renderBlocks([{ type: 'hologram' }], { directory }))).toContain('“hologram”');
  });

  it('loads pictures of this server only', () => {
    const image = (image_url: string) => renderBlocks([{ type: 'image', image_url, alt_text: 'plot' }], { directory });
    expect(toHtml(image('/playground/files/F1/plot.png'))).toContain(
      '<img src="/playground/files/F1/plot.png" alt="plot"',
    );
    expect(toHtml(image('https://elsewhere.example/plot.png'))).not.toContain('<img');
  });

  it('draws a table with its alignment and links', () => {
    const cell = (words: string) => ({ type: 'raw_text', text: words });
    const link = section({ type: 'link', url: 'https://a.example/', text: 'here' });
    const settings = [{ align: 'left' }, { align: 'right', is_wrapped: true }];
    const table = {
      type: 'table',
      rows: [
        [section(text('name')), cell('size')],
        [link, cell('7')],
      ],
      column_settings: settings,
    };
    const drawn = toHtml(renderBlocks([table], { directory }));
    expect(textOf(drawn)).toMatch(/^\|name\|size\|here\|7\|$/);
    expect(drawn).toContain('<th class="align-right">size</th>');
    expect(drawn).toContain('<td class="align-right">7</td>');
    expect(drawn).toContain('href="https://a.example/"');
  });

  it('draws sections, headers, context and alerts', () => {
    const html = toHtml(
      renderBlocks(
        [
          { type: 'header', text: { type: 'plain_text', text: 'Deploy *now*' } },
          { type: 'section', text: { type: 'mrkdwn', text: 'run *it*' }, fields: [{ type: 'mrkdwn', text: '*Risk*' }] },
          { type: 'context', elements: [{ type: 'mrkdwn', text: '_12 s_' }] },
          { type: 'alert', level: 'error', text: { type: 'plain_text', text: 'Down' } },
        ],
        { directory },
      ),
    );
    expect(html).toContain('<h3 class="block-header">Deploy *now*</h3>');
    expect(html).toContain('run <strong>it</strong>');
    expect(html).toContain('<em>12 s</em>');
    expect(html).toContain('alert-error');
  });
});

describe('tasks', () => {
  it('says its state in words, not by colour alone', () => {
    const card = (status: string) => textOf(toHtml(renderTaskCard({ title: 'npm test', status }, directory)));
    expect(['pending', 'in_progress', 'complete', 'error'].map(card)).toEqual([
      '|npm test|Waiting|',
      '|npm test|Running|',
      '|npm test|Done|',
      '|npm test|Not done|',
    ]);
  });

  it('takes the tasks of a plan without a type of their own', () => {
    const plan = {
      title: 'Rollout',
      tasks: [{ task_id: 'a', title: 'Build', status: 'complete', output: section(text('ok')) }],
    };
    expect(textOf(toHtml(renderPlan(plan, directory)))).toBe('|Rollout|Build|Done|ok|');
  });
});

describe('a stream', () => {
  const parts: PlaygroundStream['parts'] = [
    { type: 'task', id: 't1', title: 'bash · npm test', status: 'in_progress' },
    { type: 'text', text: 'All is **goo' },
  ];
  const html = (state: PlaygroundStream['state']) => toHtml(renderStream({ state, parts }, { directory }));

  it('shows tasks and text in their order, with open marks closed while it grows', () => {
    expect(textOf(html('streaming'))).toBe('|bash · npm test|Running|All is |goo|');
  });

  it('says how it ended when it did not complete, and of a running task that it was not finished', () => {
    expect(textOf(html('expired'))).toContain('|bash · npm test|Not finished|');
    expect(textOf(html('expired'))).toContain('Interrupted');
    expect(textOf(html('stopped'))).toContain('Stopped');
    expect(textOf(html('completed'))).toContain('|bash · npm test|Running|');
  });
});
