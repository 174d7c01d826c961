import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/playground/page/markdown.tsx';
import { steadyMarkdown } from '../../../src/playground/page/steady-markdown.ts';
import { toHtml } from './to-html.ts';
import { directory } from './workspace.ts';

const html = (text: string) => toHtml(renderMarkdown(text, directory));

describe('markdown', () => {
  it.each([
    ['# Top\n\ntext', '<h4>Top</h4><p>text</p>'],
    ['**b** *i* ~~s~~ `c &lt;`', '<p><strong>b</strong> <em>i</em> <del>s</del> <code>c &amp;lt;</code></p>'],
    ['```ts\nlet x;\n```', '<pre data-language="ts"><code>let x;</code></pre>'],
    ['3. a\n4. b', '<ol start="3"><li>a</li><li>b</li></ol>'],
    ['> q', '<blockquote><p>q</p></blockquote>'],
    ['---', '<hr></hr>'],
    ['a &amp; &#60;b&#x3e; &copy;', '<p>a &amp; &lt;b&gt; &amp;copy;</p>'],
    ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
    ['a <b onclick=x>b</b>', '<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>'],
    ['[x](javascript:alert(1))', '<p><span title="javascript:alert(1)">x</span></p>'],
    ['hi <@U2>', '<p>hi <span class="mention">@Ben Lee</span></p>'],
  ])('renders %j', (text, expected) => {
    expect(html(text)).toBe(expected);
  });

  it('ticks task lists', () => {
    expect(html('- [x] done\n- [ ] open')).toBe(
      '<ul><li class="task-item"><input type="checkbox" checked disabled aria-label="Done"></input>done</li>' +
        '<li class="task-item"><input type="checkbox" disabled aria-label="To do"></input>open</li></ul>',
    );
  });

  it('draws a table with its alignment', () => {
    expect(html('| a | b |\n|---|--:|\n| 1 | 2 |')).toBe(
      '<div class="table-scroll"><table><thead><tr><th>a</th><th class="align-right">b</th></tr></thead>' +
        '<tbody><tr><td>1</td><td class="align-right">2</td></tr></tbody></table></div>',
    );
  });

  it('turns pictures into links, so that nothing is fetched from elsewhere', () => {
    expect(html('![plot](https://a.example/p.png)')).toContain('<a href="https://a.example/p.png"');
    expect(html('![plot](https://a.example/p.png)')).not.toContain('<img');
  });
});

describe('markdown that is still arriving', () => {
  it.each([
    ['so **bold te', 'so **bold te**'],
    ['so **bold*', 'so **bold**'],
    ['so **bold** and *it', 'so **bold** and *it*'],
    ['call `run(', 'call `run(`'],
    ['see [the docs](https://exa', 'see the docs'],
    ['see [the do', 'see the do'],
    ['done **', 'done '],
    ['Title\n--', 'Title'],
    ['Title\n\n- ', 'Title'],
    ['Title\n\n| a | b', 'Title'],
    ['Title\n| a | b |\n', 'Title'],
    ['Title\n\n| a | b |\n|--', 'Title'],
    ['Title\n\n| a | b |\n|---|---|', 'Title\n\n| a | b |\n|---|---|'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', '| a | b |\n|---|---|\n| 1 | 2 |'],
    ['```js\nconst a = **b', '```js\nconst a = **b'],
    ['2 * 3 = 6', '2 * 3 = 6'],
    ['- item *one* and', '- item *one* and'],
    ['whole.', 'whole.'],
  ])('shows %j as %j', (text, expected) => {
    expect(steadyMarkdown(text)).toBe(expected);
  });

  it.each([
    'The **p95** rose after `deploy-42`, see [the graph](https://a.example/g) for *all* of it.',
    '## Title\n\n- **one**: *first*\n- two\n\n| a | b |\n|---|--:|\n| 1 | `x` |\n\nDone.\n',
  ])('never shows a raw mark of %j at any point of its arrival', (whole) => {
    for (let length = 1; length <= whole.length; length += 1) {
      const shown = toHtml(renderMarkdown(whole.slice(0, length), directory, { streaming: true }));
      expect(shown.replace(/<[^>]*>/g, '')).not.toMatch(/[*`[\]|#]/);
    }
  });
});
