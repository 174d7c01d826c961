import { afterEach, describe, expect, it } from 'vitest';
import type { PlaygroundMessage } from '../../src/playground/page/contract.ts';
import { type Rig, startRig } from './rig.ts';
import { textsOf } from './words.ts';

let rig: Rig;
afterEach(() => rig.stop());

const hasFooter = (text: string) => text.includes('list price');

describe('a channel thread', () => {
  it('shows at once that it works, tool calls as task cards in words, each text once, and one footer', async () => {
    rig = await startRig({ agents: { pace: 1 } });
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge why did checkout latency jump?', { channel: ops });
    await rig.until('something to stop', () => rig.status(ops, root) === 'processing');
    await rig.until('a running step', () => rig.answers(ops, root).some((text) => text.includes('in_progress')));
    await rig.ended(ops, root);
    await rig.until('active again', () => rig.status(ops, root) === 'active');
    const said = rig.answers(ops, root);
    expect(said.filter(hasFooter)).toHaveLength(1);
    expect(said.join('\n')).toMatch(/bash · /);
    expect(said.join('\n')).not.toContain('in_progress');
    for (const final of finals(rig)) {
      const start = JSON.stringify(final.slice(0, 60)).slice(1, -1);
      expect(said.filter((text) => text.includes(start))).toHaveLength(1);
    }
    await rig.noProblems();
  });

  it('lets nobody be pinged by what the model writes', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge ping everyone', { channel: ops });
    await rig.ended(ops, root);
    expect(rig.answers(ops, root).join('\n')).not.toMatch(/<!(channel|here|everyone)|<@U/);
    await rig.noProblems();
  });

  it('brings a 45,000-character answer whole and in order', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge long', { channel: ops });
    await rig.ended(ops, root);
    const [final = ''] = finals(rig).filter((text) => text.length > 40_000);
    expect(final.length).toBeGreaterThanOrEqual(45_000);
    expect(words(markdownOf(rig, ops, root))).toEqual(words(final));
    // Forty tables ask for no messages of their own.
    const texts = rig.thread(ops, root).filter(({ blocks }) => blocks?.some(({ type }) => type === 'markdown'));
    expect(texts.length).toBeLessThan(8);
    expect(tablesIn(texts).flatMap(({ rows }) => rows.slice(1))).toEqual(rowsOf(final));
    await rig.noProblems();
  });

  it('shows a table as a table, in its place, and says it in words to whoever cannot see it', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge show me a table', { channel: ops });
    await rig.ended(ops, root);
    const [answer] = rig.thread(ops, root).filter(({ text }) => text.includes('Instances'));
    expect(answer?.blocks?.map(({ type }) => type)).toEqual(['markdown', 'table', 'markdown', 'context']);
    expect(tablesIn([answer])).toEqual([
      {
        type: 'table',
        rows: [
          ['instance', 'p50', 'p95', 'healthy'],
          ['checkout-1', '42 ms', '180 ms', 'yes'],
          ['checkout-2', '44 ms', '1,900 ms', 'no'],
        ],
      },
    ]);
    expect(answer?.text).toMatch(
      /^Instances at a glance\ninstance, p50, p95, healthy\ncheckout-1, 42 ms, 180 ms, yes\n[^*`|#]*$/,
    );
    await rig.noProblems();
  });

  it('brings tables that are too long or too wide whole, as aligned text', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge big table', { channel: ops });
    await rig.ended(ops, root);
    const messages = rig.thread(ops, root);
    expect(tablesIn(messages).map(({ type, rows }) => [type, rows.length])).toEqual([
      ['table', 3],
      ['data_table', 151],
    ]);
    const said = markdownOf(rig, ops, root);
    expect(said).toMatch(/```\ntrace +took\n-+ {2}-+\ntrace-1 +53 ms\n/);
    expect(said.match(/^trace-\d+ +\d+ ms$/gm)).toHaveLength(240);
    expect(said).toMatch(/```\nservice +0 h +1 h .*\n-[- ]+\ncheckout +0 +31 .*\n\nservice .* 23 h\n/);
    expect(said).toContain('That is all that was measured.');
    await rig.noProblems();
  });

  it('says a table as aligned text where Slack takes no tables', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const fault = { type: 'error', error: 'invalid_blocks' };
    const isFirstSight = { method: 'chat.postMessage', next: 1, fault };
    const root = await rig.say('Ana', '@Drawbridge big table', { channel: ops });
    await rig.until('a preview', () => rig.answers(ops, root).length > 0);
    rig.slack.faults.apply({ calls: [isFirstSight] });
    await rig.ended(ops, root);
    expect(tablesIn(rig.thread(ops, root))).toEqual([]);
    const said = markdownOf(rig, ops, root);
    expect(said.match(/^req-\d+ +\d+ ms$/gm)).toHaveLength(150);
    expect(said.match(/^trace-\d+ +\d+ ms$/gm)).toHaveLength(240);
    await rig.noProblems();
  });
});

describe('a direct message', () => {
  it('streams text from the first deltas, before the answer is complete', async () => {
    rig = await startRig({ agents: { pace: 1 } });
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', 'tell me something', { channel: dm });
    const partial = await rig.until('some text', () => streamed(rig, dm, root));
    expect(finals(rig).some((final) => final.length > partial.length)).toBe(false);
    await rig.ended(dm, root);
    expect(words(streamed(rig, dm, root))).toEqual(words(finals(rig).join('\n\n')));
    await rig.noProblems();
  });

  it('carries a 6-minute answer over the end of a stream’s life', async () => {
    rig = await startRig({ speed: 60, agents: { pace: 1 } });
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', '6 minutes', { channel: dm });
    await rig.ended(dm, root);
    const streams = rig.thread(dm, root).filter((message) => message.stream);
    expect(streams.length).toBeGreaterThan(1);
    expect(streams.every((message) => message.stream?.state === 'completed')).toBe(true);
    expect(words(streamed(rig, dm, root))).toEqual(words(finals(rig).join('\n\n')));
    await rig.noProblems();
  });

  it('brings a 45,000-character answer whole and in order, and never leaves a stream inside a line', async () => {
    rig = await startRig({ agents: { pace: 1 } });
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', 'long', { channel: dm });
    await rig.ended(dm, root);
    expect(words(streamed(rig, dm, root))).toEqual(words(finals(rig).join('\n\n')));
    const lines = new Set(
      finals(rig)
        .flatMap((final) => final.split('\n'))
        .map((line) => line.trim()),
    );
    const parts = rig.thread(dm, root).flatMap((message) => (message.stream ? [textOf(message)] : []));
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) expect(lines).toContain(lastLine(part));
    const rows = tablesIn(rig.thread(dm, root).filter(({ stream }) => stream)).flatMap((table) => table.rows.slice(1));
    expect(rows).toEqual(rowsOf(finals(rig).join('\n\n')));
    await rig.noProblems();
  });

  it('shows a table as a table, once it is whole, and never a part of it or of its marks', async () => {
    rig = await startRig({ agents: { pace: 1 } });
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', 'show me a table', { channel: dm });
    const seen = new Set<string>();
    await rig.until('the footer', () => {
      for (const { stream } of rig.thread(dm, root)) {
        for (const part of stream?.parts ?? []) if (part.type === 'text') seen.add(part.text);
      }
      return rig.said(dm, root).includes('list price');
    });
    await rig.ended(dm, root);
    const [streamedHere] = rig.thread(dm, root).filter(({ stream }) => stream);
    expect(streamedHere?.stream?.parts.map(({ type }) => type)).toEqual(['text', 'blocks', 'text', 'blocks']);
    expect(tablesIn([streamedHere])).toEqual([
      {
        type: 'table',
        rows: [
          ['instance', 'p50', 'p95', 'healthy'],
          ['checkout-1', '42 ms', '180 ms', 'yes'],
          ['checkout-2', '44 ms', '1,900 ms', 'no'],
        ],
      },
    ]);
    for (const words of seen) expect(words).not.toMatch(/\||\[[^\]]*$|\]\([^)]*$|^`[^`]*$/m);
    await rig.noProblems();
  });

  it('brings tables that are too long or too wide whole, as aligned text', async () => {
    rig = await startRig();
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', 'big table', { channel: dm });
    await rig.ended(dm, root);
    const said = streamed(rig, dm, root);
    expect(tablesIn(rig.thread(dm, root).filter(({ stream }) => stream)).map(({ type }) => type)).toContain(
      'data_table',
    );
    expect(said).toMatch(/```\nservice +0 h +1 h .*\n-[- ]+\ncheckout +0 +31 .*\n\nservice .* 23 h\n/);
    const everywhere = JSON.stringify(rig.thread(dm, root).map(({ stream }) => stream?.parts));
    expect(everywhere.match(/trace-\d+/g)).toEqual(Array.from({ length: 240 }, (_, n) => `trace-${n + 1}`));
    expect(everywhere.match(/req-\d+/g)).toEqual(Array.from({ length: 150 }, (_, n) => `req-${n + 1}`));
    await rig.noProblems();
  });

  it('falls back to edits when Slack refuses to stream there', async () => {
    rig = await startRig();
    rig.slack.faults.apply({
      calls: [{ method: 'chat.startStream', next: 0, fault: { type: 'error', error: 'channel_type_not_supported' } }],
    });
    const dm = rig.dm('Ana');
    const root = await rig.say('Ana', 'hello', { channel: dm });
    await rig.ended(dm, root);
    expect(rig.answers(dm, root).join('\n')).toContain('hello');
    expect(rig.thread(dm, root).some((message) => message.stream)).toBe(false);
    const again = await rig.say('Ana', 'hello again', { channel: dm, thread: root });
    await rig.ended(dm, root, 2);
    expect(again).toBeTruthy();
    expect(rig.slack.calls().filter((call) => call.method === 'chat.startStream')).toHaveLength(1);
  });
});

function finals(from: Rig): string[] {
  return from.agents
    .records()
    .sessions.flatMap(({ events }) => events)
    .filter((event) => event.type === 'agent.message')
    .map((event) => (event.content as { text: string }[]).map((block) => block.text).join(''));
}

/** The model's text as it stands in native streams. */
function streamed(from: Rig, channel: string, root: string): string {
  return from.thread(channel, root).map(textOf).join('');
}

function textOf({ stream }: PlaygroundMessage): string {
  return (stream?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '\n')).join('');
}

/** The last line of the model's own: closing fences are ours. */
function lastLine(text: string): string | undefined {
  const lines = text
    .replaceAll('\u200b', '')
    .split('\n')
    .map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !line.startsWith('```'));
}

/** The model's text as it stands in markdown blocks. */
function markdownOf(from: Rig, channel: string, root: string): string {
  return from
    .thread(channel, root)
    .flatMap((message) => message.blocks ?? [])
    .filter((block) => block.type === 'markdown')
    .map((block) => String(block.text))
    .join('\n\n');
}

/** The tables that stand in messages, in order, with the words of their cells. */
function tablesIn(messages: (PlaygroundMessage | undefined)[]): { type: string; rows: string[][] }[] {
  const blocks = messages.flatMap((message) =>
    message?.stream
      ? message.stream.parts.flatMap((part) => (part.type === 'blocks' ? part.blocks : []))
      : (message?.blocks ?? []),
  );
  return blocks
    .filter(({ type }) => type === 'table' || type === 'data_table')
    .map(({ type, rows }) => ({ type, rows: (rows as unknown[][]).map((row) => row.map((cell) => textsOf(cell))) }));
}

/** The rows of the tables in a Markdown text, without their heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => /^\|/.test(line));
  const isHead = (line: string, index: number) => /^\|-/.test(lines[index + 1] ?? '') || /^\|-/.test(line);
  return lines
    .filter((line, index) => !isHead(line, index))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The words of a text without what a split repeats: fences and table heads. */
function words(text: string): string[] {
  return text
    .replaceAll('\u200b', '')
    .split('\n')
    .filter((line) => !/^\s*(```|\|)/.test(line))
    .join('\n')
    .split(/\s+/)
    .filter(Boolean);
}
