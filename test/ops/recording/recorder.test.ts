import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBundle } from '../../../src/ops/recording/bundle.ts';
import { createRecorder, type Recorder } from '../../../src/ops/recording/recorder.ts';
import { openWriter, type WriterOptions } from '../../../src/ops/recording/writer.ts';
import type { Followed } from '../../../src/thread/event.ts';
import { type SlackTs, sessionId, type ThreadId } from '../../../src/thread/ids.ts';
import type { MessageInput } from '../../../src/thread/input.ts';
import type { QuestionId } from '../../../src/thread/question.ts';

const THREAD = 'T0TEAM00001/C0CHANNEL01/1700000000.000100' as ThreadId;
const SESSION = sessionId('sesn_01');
const AT = '2026-01-01T00:00:00Z';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drawbridge-recording-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Options extends Partial<WriterOptions> {
  keepsText?: boolean;
  path?: string;
}

let now = 1_000;
function start({ keepsText = false, path = join(folder, 'one.jsonl'), ...rest }: Options = {}): Recorder {
  const log = pino({ level: 'silent' });
  return createRecorder({ writer: openWriter(path, { now: () => now, ...rest }), keepsText, now: () => now, log });
}

const message = (text: string, fields: Partial<MessageInput> = {}): MessageInput => ({
  type: 'message',
  thread: THREAD,
  ts: '1700000000.000100' as SlackTs,
  author: 'U0AUTHOR001',
  authorTeam: 'T0TEAM00001',
  text,
  files: [],
  addressed: true,
  ...fields,
});
const said = (id: string, text: string): Followed => ({ type: 'agent.message', id, at: AT, text });
const read = (name = 'one.jsonl') => parseBundle(readFileSync(join(folder, name), 'utf8'));

describe('what is written', () => {
  it('has the same stand-in for the same person, place and text, and lines and signs as they were', () => {
    const recorder = start();
    recorder.input(message('Ask <@U0OTHER0001> about `x = 1`!\nNow.'));
    recorder.input(message('Ask <@U0OTHER0001> about `x = 1`!\nNow.', { author: 'U0OTHER0001' }));
    recorder.close();
    const [one, two] = read().entries;
    expect(one).toMatchObject({ type: 'message', thread: 't1', channel: 'C1', by: 'U1', isRoot: true });
    expect(two).toMatchObject({ by: expect.stringMatching(/^U\d$/) });
    expect(one).toMatchObject({ text: expect.stringMatching(/^\w{3} <@U2> \w{5} `\w = \w`!\n\w{3}\.$/) });
    expect((one as { text: string }).text).toBe((two as { text: string }).text);
    expect(two).toMatchObject({ by: 'U2' });
  });

  it('is another stand-in in another recording, so that nobody can look texts up', () => {
    const [a, b] = ['a.jsonl', 'b.jsonl'].map((name) => {
      const recorder = start({ path: join(folder, name) });
      recorder.input(message('a perfectly ordinary sentence about something'));
      recorder.close();
      return (read(name).entries[0] as { text: string }).text;
    });
    expect(a).not.toBe(b);
  });

  it('keeps texts where that is wanted, without ids, addresses and credentials', () => {
    const recorder = start({ keepsText: true });
    recorder.session(SESSION, THREAD);
    recorder.input(message('<@U0OTHER0001> write to ana.silva@example.com with sk-ant-abcdefghijklmnop1234'));
    recorder.event(SESSION, {
      type: 'agent.tool_use',
      id: 'k',
      at: AT,
      childId: null,
      tool: { kind: 'mcp', name: 'send', server: 'Acme CRM', asks: true, input: { to: 'ben@example.com', count: 3 } },
    });
    recorder.close();
    const text = readFileSync(join(folder, 'one.jsonl'), 'utf8');
    expect(text).toContain('write to someone1 with');
    for (const hidden of ['U0OTHER0001', 'ana.silva', 'example.com', 'abcdefghijklmnop', 'Acme', 'sesn_01'])
      expect(text).not.toContain(hidden);
    expect(read().entries[1]).toMatchObject({ tool: { server: 'server1', input: { to: 'someone2', count: 3 } } });
  });

  it('has each event once, however often a history is read, and nothing of sessions that began before', () => {
    const recorder = start();
    recorder.event(SESSION, said('e0', 'before'));
    recorder.session(SESSION, THREAD);
    for (let again = 0; again < 3; again += 1) {
      recorder.event(SESSION, said('e1', 'hello'));
      recorder.event(SESSION, { type: 'session.status_idle', id: 'e2', at: AT, reason: 'end_turn', eventIds: [] });
    }
    recorder.decision({ question: 'q' as QuestionId, by: 'U0', choice: { type: 'leave' }, index: null });
    recorder.close();
    expect(read().entries.map(({ type }) => type)).toEqual(['said', 'idle']);
  });

  it('has the deliveries of what was taken in, as often as they came, and those of nothing else', () => {
    const recorder = start();
    const delivery = { kind: 'message', channel: 'C0CHANNEL01', ts: '1700000000.000100' };
    recorder.delivery({ ...delivery, ts: '1700000000.000999' });
    recorder.delivery({ ...delivery, kind: 'app_mention' });
    recorder.delivery({ ...delivery, kind: 'Not For A File' });
    recorder.input(message('hello'));
    recorder.delivery(delivery);
    recorder.delivery(delivery);
    recorder.close();
    const kinds = read().entries.map((entry) =>
      entry.type === 'delivery' ? `${entry.kind} of ${entry.message}` : entry.type,
    );
    expect(kinds).toEqual(['app_mention of m1', 'message', 'message of m1', 'message of m1']);
  });

  it('says when it was, from the beginning of the recording on', () => {
    const recorder = start();
    now += 250;
    recorder.input(message('later'));
    recorder.close();
    expect(read().entries[0]?.at).toBe(250);
  });
});

describe('the file', () => {
  it('is new, and for its owner only', () => {
    start().close();
    expect(statSync(join(folder, 'one.jsonl')).mode & 0o777).toBe(0o600);
    expect(() => start()).toThrow('is there already');
    expect(() => start({ path: join(folder, 'none', 'one.jsonl') })).toThrow('cannot be written (ENOENT)');
  });

  it('ends at its bound, and says so', () => {
    const recorder = start({ maxBytes: 2_000 });
    for (let count = 0; count < 50; count += 1) recorder.input(message(`message number ${count}`));
    recorder.close();
    expect(statSync(join(folder, 'one.jsonl')).size).toBeLessThanOrEqual(2_000);
    expect(read().entries.at(-1)?.type).toBe('full');
  });

  it('is followed by another in a folder, which keeps the newest', () => {
    const path = join(folder, 'all/');
    const recorder = start({ path, maxBytes: 2_000, keptFiles: 3 });
    for (let count = 0; count < 100; count += 1) recorder.input(message(`message number ${count}`));
    recorder.close();
    const files = readdirSync(path).sort((a, b) => Number(/-(\d+)\./.exec(a)?.[1]) - Number(/-(\d+)\./.exec(b)?.[1]));
    expect(files).toHaveLength(3);
    expect(existsSync(join(path, files[0] ?? ''))).toBe(true);
    const last = parseBundle(readFileSync(join(path, files.at(-1) ?? ''), 'utf8'));
    expect(last.entries.at(-1)).toMatchObject({ type: 'message' });
    for (const file of files) expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
  });
});

it('a recording that was cut off is read up to there', () => {
  const recorder = start();
  recorder.input(message('one'));
  recorder.input(message('two'));
  recorder.close();
  const whole = readFileSync(join(folder, 'one.jsonl'), 'utf8');
  expect(parseBundle(whole.slice(0, -20)).entries).toHaveLength(1);
});
