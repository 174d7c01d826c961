import { afterEach, describe, expect, it } from 'vitest';
import type { PlaygroundMessage } from '../../src/playground/page/contract.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const hasFooter = (text: string) => text.includes('list price');

describe('a channel thread', () => {
  it('shows a status at once, tool calls as task cards in words, each text once, and one footer', async () => {
    rig = await startRig();
    const ops = rig.channel('#ops');
    const root = await rig.say('Ana', '@Drawbridge why did checkout latency jump?', { channel: ops });
    await rig.until('processing', () => rig.status(ops, root) === 'processing');
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
  return (stream?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
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
