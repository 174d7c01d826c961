import { describe, expect, it } from 'vitest';
import { mentionedUsers, namelessChannels, readable } from '../../src/slack/readable.ts';

const names = { users: new Map([['U1', 'Ana']]), channels: new Map([['C2', 'ops']]) };

describe('readable', () => {
  it.each([
    ['<@U1>', '@Ana (U1)'],
    ['<@U1|ana.s>', '@Ana (U1)'],
    ['<@U2|ben>', '@ben (U2)'],
    ['<@U2>', '@U2'],
    ['<#C1|general>', '#general'],
    ['<#C2>', '#ops'],
    ['<#C2|>', '#ops'],
    ['<#C3>', '#C3'],
    ['<https://example.com/a?b=1&amp;c=2>', 'https://example.com/a?b=1&c=2'],
    ['<https://example.com|the &lt;docs&gt;>', 'the <docs> (https://example.com)'],
    ['<https://example.com|example.com>', 'https://example.com'],
    ['<https://example.com|https://example.com>', 'https://example.com'],
    ['<https://evil.example|https://bank.example>', 'https://bank.example (https://evil.example)'],
    ['<mailto:ana@example.com|ana@example.com>', 'ana@example.com'],
    ['<tel:+391234|+391234>', '+391234'],
    ['<!here>', '@here'],
    ['<!channel|channel>', '@channel'],
    ['<!everyone>', '@everyone'],
    ['<!subteam^S1|@dba>', '@dba'],
    ['<!subteam^S1>', '@S1'],
    ['<!date^1392734382^{date_short}|Feb 18, 2014>', 'Feb 18, 2014'],
    ['<!date^1392734382^{date_short}^https://example.com/|Feb 18>', 'Feb 18'],
    ['<!date^1392734382^{date_short}>', '1392734382'],
    ['a &lt; b &amp;&amp; c &gt; d', 'a < b && c > d'],
    ['&amp;lt; stays escaped once', '&lt; stays escaped once'],
    ['&amp;lt;@U1&amp;gt;', '&lt;@U1&gt;'],
    ['&lt;@U1&gt; was typed by hand', '<@U1> was typed by hand'],
    ['*bold* _it_ `x &lt; 1` ~no~ :tada:', '*bold* _it_ `x < 1` ~no~ :tada:'],
    ['```if (a &amp;&amp; b) {\n  curl <https://x.example>\n}```', '```if (a && b) {\n  curl https://x.example\n}```'],
    ['<@U1> ask <@U2> in <#C2>', '@Ana (U1) ask @U2 in #ops'],
    ['', ''],
  ])('renders %j as %j', (text, expected) => {
    expect(readable(text, names)).toBe(expected);
  });
});

it('finds each mentioned user once, and the channels whose names are missing', () => {
  expect(mentionedUsers('<@U1> and <@U2|ben> and <@U1> &lt;@U3&gt;')).toEqual(['U1', 'U2']);
  expect(namelessChannels('<#C1|general> <#C2> <#C3|>')).toEqual(['C2', 'C3']);
});
