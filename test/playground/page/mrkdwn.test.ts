import { describe, expect, it } from 'vitest';
import { createDirectory } from '../../../src/playground/page/directory.ts';
import { renderMrkdwn } from '../../../src/playground/page/mrkdwn.tsx';
import { toHtml } from './to-html.ts';
import { directory, workspace } from './workspace.ts';

const html = (text: string) => toHtml(renderMrkdwn(text, directory));

describe('mrkdwn', () => {
  it.each([
    ['*bold* _italic_ ~gone~', '<strong>bold</strong> <em>italic</em> <del>gone</del>'],
    ['*_both_*', '<strong><em>both</em></strong>'],
    ['`*raw* <@U1>`', '<code>*raw* &lt;@U1&gt;</code>'],
    ['a ```\nlet x = 1 &lt; 2\n``` b', 'a <pre>let x = 1 &lt; 2</pre> b'],
    ['&gt; said\n&gt; twice\nthen', '<blockquote>said\ntwice</blockquote>then'],
    ['Tom &amp; &lt;b&gt;', 'Tom &amp; &lt;b&gt;'],
    ['&amp;lt;', '&amp;lt;'],
    [':wave: :unknown: 10:30:00', '👋 :unknown: 10:30:00'],
  ])('renders %j', (text, expected) => {
    expect(html(text)).toBe(expected);
  });

  it('leaves marks inside words and lone marks alone', () => {
    expect(html('snake_case_name 2*3*4 * star')).toBe('snake_case_name 2*3*4 * star');
  });

  it('resolves people, channels and broadcasts, and shows an unknown id as it is', () => {
    expect(html('<@U2> <#C1|old> <!channel> <@U9>')).toBe(
      '<span class="mention">@Ben Lee</span> <span class="mention">#ops</span> ' +
        '<span class="mention mention-me">@channel</span> <span class="mention">@U9</span>',
    );
  });

  it('calls a user group by its handle, marked for those who are in it', () => {
    expect(html('<!subteam^S1> <!subteam^S9|@nobody> <!subteam^S9>')).toBe(
      '<span class="mention">@oncall</span> <span class="mention">@nobody</span> <span class="mention">@S9</span>',
    );
    const asBen = createDirectory(workspace(), 'U2');
    expect(toHtml(renderMrkdwn('<!subteam^S1>', asBen))).toBe('<span class="mention mention-me">@oncall</span>');
  });

  it('marks a mention of the person acted as', () => {
    expect(html('<@U1>')).toBe('<span class="mention mention-me">@Ada</span>');
  });

  it('links with a label and opens elsewhere', () => {
    expect(html('<https://a.example/?x=1&amp;y=2|docs>')).toBe(
      '<a href="https://a.example/?x=1&amp;y=2" title="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">docs</a>',
    );
  });

  it('shows the label of an unsafe link without making it one', () => {
    expect(html('<javascript:alert(1)|press me>')).toBe('<span title="javascript:alert(1)">press me</span>');
  });
});
