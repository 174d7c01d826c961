import { describe, expect, it } from 'vitest';
import { fromSlack } from '../../src/slack/from-slack.ts';
import { click, IDENTITY, mention, message, stopped } from './payloads.ts';

const ROOT = '1766458026.240809';
const TS = '1766458031.859009';

const translate = (body: unknown) => fromSlack(body, IDENTITY);
const inputOf = (body: unknown) => {
  const translated = translate(body);
  if ('ignored' in translated) throw new Error(`ignored: ${translated.ignored}`);
  return translated.input;
};
const ignored = (body: unknown) => {
  const translated = translate(body);
  return 'ignored' in translated ? translated.ignored : 'taken in';
};

describe('what a person writes', () => {
  it('starts a thread at its own ts when the bot is mentioned in a channel', () => {
    expect(translate(mention({ ts: TS, text: '<@UBOT> why is it slow?' }))).toEqual({
      when: 'always',
      input: {
        type: 'message',
        thread: `T1/C1/${TS}`,
        ts: TS,
        author: 'U1',
        authorTeam: 'T1',
        text: 'why is it slow?',
        files: [],
        addressed: true,
      },
    });
  });

  it.each([
    ['at top level', { text: 'hi <@UBOT>, look' }],
    ['at top level of a private channel', { text: '<@UBOT> look', channel_type: 'group', channel: 'G1' }],
    ['at top level of a group DM', { text: '<@UBOT|drawbridge> look', channel_type: 'mpim', channel: 'G2' }],
    ['in a thread', { text: '<@UBOT> look', thread_ts: ROOT }],
    ['in a broadcast reply', { text: '<@UBOT> look', thread_ts: ROOT, subtype: 'thread_broadcast' }],
    ['in an upload', { text: '<@UBOT> look', subtype: 'file_share', files: [{ name: 'a.csv', size: 3 }] }],
  ])('reads the two events of one mention as the same input %s', (_where, fields) => {
    const plain = translate(message({ ts: TS, ...fields }));
    const { channel_type: _type, ...shared } = { channel_type: '', ...fields };
    const twin = translate(mention({ ts: TS, ...shared }));
    expect(plain).toMatchObject({ when: 'always', input: { addressed: true } });
    expect(twin).toEqual(plain);
  });

  it.each([
    ['roots a thread at top level', {}, TS],
    ['continues a thread', { thread_ts: ROOT }, ROOT],
  ])('is addressed in a DM and %s', (_what, fields, root) => {
    expect(translate(message({ channel: 'D1', channel_type: 'im', ts: TS, ...fields }))).toMatchObject({
      when: 'always',
      input: { thread: `T1/D1/${root}`, addressed: true },
    });
  });

  it.each([undefined, 'file_share', 'thread_broadcast', 'me_message'])(
    'counts as a plain reply with subtype %s only where the thread is served',
    (subtype) => {
      expect(translate(message({ ts: TS, thread_ts: ROOT, text: 'use the replica', subtype }))).toMatchObject({
        when: 'known-thread',
        input: { thread: `T1/C1/${ROOT}`, text: 'use the replica', addressed: false },
      });
    },
  );

  it('is ignored at top level of a channel when nobody mentions the bot', () => {
    expect(ignored(message({ text: 'lunch?' }))).toBe('not-addressed');
    expect(ignored(message({ text: 'ask <@UBOT2>' }))).toBe('not-addressed');
  });

  it.each([
    ['<@UBOT> hello', 'hello'],
    ['  <@UBOT>, hello', 'hello'],
    ['<@UBOT|drawbridge>: hello', 'hello'],
    ['<@UBOT> :tada: hello', ':tada: hello'],
    ['<@UBOT>:tada: hello', ':tada: hello'],
    ['hello <@UBOT>', 'hello <@UBOT>'],
    ['<@UBOT> tell <@U2> and <@UBOT>', 'tell <@U2> and <@UBOT>'],
    ['<@UBOT2> and <@UBOT>', '<@UBOT2> and <@UBOT>'],
    ['<@UBOT> a &amp; b\n  indented', 'a &amp; b\n  indented'],
    ['<@UBOT>', ''],
  ])('loses only the leading mention of the bot: %j', (text, expected) => {
    expect(inputOf(mention({ text }))).toMatchObject({ type: 'message', text: expected });
  });
});

describe('what is not for us', () => {
  it.each([
    'bot_message',
    'message_changed',
    'message_deleted',
    'message_replied',
    'channel_join',
    'channel_leave',
    'channel_topic',
    'channel_purpose',
    'channel_name',
    'channel_archive',
    'channel_unarchive',
    'channel_convert_to_private',
    'pinned_item',
    'assistant_app_thread',
    'tombstone',
    'ekm_access_denied',
    'reminder_add',
    'huddle_thread',
  ])('is ignored by name: %s', (subtype) => {
    expect(ignored(message({ subtype, text: '<@UBOT> hi', thread_ts: ROOT }))).toBe(subtype);
  });

  it('is our own edit, which comes back without a user', () => {
    const edited = { user: 'UBOT', bot_id: 'BBOT', ts: TS, text: 'partial answer' };
    const body = message({ subtype: 'message_changed', hidden: true, user: undefined, message: edited });
    expect(ignored(body)).toBe('message_changed');
  });

  it.each([
    ['own-echo', { user: 'UBOT', bot_id: 'BBOT', app_id: 'A1', bot_profile: {} }],
    ['own-echo', { user: undefined, bot_id: 'BBOT', subtype: 'bot_message' }],
    ['bot', { user: 'U9', bot_id: 'B9' }],
    ['slack-itself', { user: 'USLACK', channel: 'D1', channel_type: 'im' }],
    ['slack-itself', { user: 'USLACKBOT' }],
    ['outsider', { user_team: 'T2', source_team: 'T2' }],
    ['outsider', { source_team: 'T2' }],
    ['outsider', { user_profile: { team: 'T2' } }],
    ['outsider', { team: 'T2' }],
    ['malformed', { ts: '1766458031' }],
    ['malformed', { ts: 1766458031.859009 }],
    ['malformed', { thread_ts: 'x/y' }],
    ['malformed', { channel: undefined }],
    ['malformed', { user: undefined }],
  ])('is ignored as %s: %j', (reason, fields) => {
    expect(ignored(message({ text: '<@UBOT> hi', ...fields }))).toBe(reason);
    expect(ignored(mention({ text: '<@UBOT> hi', ...fields }))).toBe(reason);
  });

  it('is a mention that came by editing an old message', () => {
    expect(ignored(mention({ edited: { user: 'U1', ts: TS } }))).toBe('edit');
  });

  it.each([
    ['reaction_added', { type: 'event_callback', event: { type: 'reaction_added' } }],
    ['app_home_opened', { type: 'event_callback', event: { type: 'app_home_opened' } }],
    ['unknown-event', { type: 'event_callback', event: { type: 'invented_by_slack' } }],
    ['app_rate_limited', { type: 'app_rate_limited', team_id: 'T1', minute_rate_limited: 1 }],
    ['view_submission', { type: 'view_submission', user: { id: 'U1' } }],
    ['slash-command', { command: '/x', text: '' }],
    ['malformed', { type: 'event_callback' }],
    ['malformed', null],
    ['malformed', 'text'],
    ['malformed', []],
  ])('is ignored as %s', (reason, body) => {
    expect(ignored(body)).toBe(reason);
  });
});

it('takes all mentions of us from the beginning, and leaves the rest', () => {
  const text = '<@UBOT> <@UBOT|drawbridge>, ask <@U2> and <@UBOT>';
  expect(inputOf(message({ text }))).toMatchObject({ text: 'ask <@U2> and <@UBOT>' });
  expect(inputOf(message({ text: '<@UBOT> <@UBOT>' }))).toMatchObject({ text: '' });
});

describe('a stop', () => {
  it.each([
    'stop',
    'Stop',
    'STOP!',
    ' cancel. ',
    'Cancel …',
    '<@UBOT> stop',
    '<@UBOT>, stop!!',
    'stop <@UBOT>',
    '<@UBOT> <@UBOT> stop',
  ])('is the whole reply %j', (text) => {
    const thread = `T1/C1/${ROOT}`;
    expect(inputOf(message({ text, ts: TS, thread_ts: ROOT }))).toEqual({
      type: 'stop',
      thread,
      ts: TS,
      by: 'U1',
      said: true,
    });
  });

  it.each(['stop it', 'please stop', 'stopped', 'don’t cancel', 'stop, then start', '“stop”', ''])(
    'is not a reply such as %j',
    (text) => expect(inputOf(message({ text, thread_ts: ROOT })).type).toBe('message'),
  );

  it('is not an upload that is called so', () => {
    const upload = { subtype: 'file_share', files: [{ name: 'a.csv' }] };
    expect(inputOf(message({ text: 'stop', thread_ts: ROOT, ...upload })).type).toBe('message');
  });

  it('counts in a thread we serve when the bot is not mentioned, and always when it is', () => {
    expect(translate(message({ text: 'stop', thread_ts: ROOT }))).toMatchObject({ when: 'known-thread' });
    expect(translate(message({ text: '<@UBOT> stop', ts: TS }))).toMatchObject({
      when: 'always',
      input: { type: 'stop', thread: `T1/C1/${TS}` },
    });
  });

  it('is the native stop, whose team stands in the envelope only', () => {
    expect(translate(stopped({ event_ts: '1766458040.000100' }))).toEqual({
      when: 'always',
      input: { type: 'stop', thread: `T1/C1/${ROOT}`, ts: '1766458040.000100', by: 'U1', said: false },
    });
  });

  it.each([
    ['1766458040.1', '1766458040.100000'],
    ['1766458040', '1766458040.000000'],
    ['1766458040.123456789', '1766458040.123456'],
    [undefined, '1766458031.000000'],
  ])('has a Slack ts even when its event time is %s', (event_ts, ts) => {
    expect(inputOf(stopped({ event_ts }))).toMatchObject({ ts });
  });

  it('is our own button, in the thread its message stands in', () => {
    const input = { type: 'stop', thread: `T1/C1/${ROOT}`, ts: '1766458050.000200', by: 'U1', said: false };
    expect(translate(click())).toEqual({ when: 'always', input });
    const unthreaded = { type: 'message', message_ts: TS, channel_id: 'C1' };
    expect(translate(click({ container: unthreaded, message: { thread_ts: ROOT } }))).toEqual({
      when: 'always',
      input,
    });
  });

  it('is not the button that releases a held message, which counts in a thread we serve', () => {
    const actions = [{ action_id: 'drawbridge:release', action_ts: '1766458050.000200' }];
    const input = { type: 'release', thread: `T1/C1/${ROOT}`, ts: '1766458050.000200', by: 'U1' };
    expect(translate(click({ actions }))).toEqual({ when: 'known-thread', input });
    expect(ignored(click({ actions, user: { id: 'U8', team_id: 'T2' } }))).toBe('outsider');
  });

  it.each(['answer', 'skip'])('says of what waited too long: %s', (what) => {
    const actions = [{ action_id: `drawbridge:late:${what}`, action_ts: '1766458050.000200' }];
    const input = { type: 'late', thread: `T1/C1/${ROOT}`, ts: '1766458050.000200', by: 'U1', what };
    expect(translate(click({ actions }))).toEqual({ when: 'known-thread', input });
    expect(ignored(click({ actions, user: { id: 'U8', team_id: 'T2' } }))).toBe('outsider');
  });

  it.each([
    ['other-action', { actions: [{ action_id: 'drawbridge:gate:approve', action_ts: TS, value: 'q1' }] }],
    ['other-action', { actions: [{ action_id: 'feedback', action_ts: TS }] }],
    ['outsider', { user: { id: 'U8', team_id: 'T2' } }],
    ['malformed', { actions: [{ action_id: 'drawbridge:stop' }] }],
    ['malformed', { container: { type: 'view', view_id: 'V1' }, channel: undefined, message: undefined }],
  ])('is no click that is %s', (reason, fields) => {
    expect(ignored(click(fields))).toBe(reason);
  });
});

describe('what comes beside the text', () => {
  it('is a list of files, with a name even for those that are gone', () => {
    const files = [
      { id: 'F1', name: 'report.csv', mimetype: 'text/csv', size: 1200, mode: 'hosted' },
      { id: 'F2', mode: 'tombstone' },
      { id: 'F3', mode: 'hidden_by_limit', name: 'old.pdf' },
      { id: 'F4', mode: 'file_access', size: 'many' },
    ];
    expect(inputOf(mention({ text: '<@UBOT> see', files }))).toMatchObject({
      text: 'see',
      files: [
        { name: 'report.csv', mimetype: 'text/csv', size: 1200 },
        { name: 'a deleted file', mimetype: 'application/octet-stream', size: 0 },
        { name: 'old.pdf', mimetype: 'application/octet-stream', size: 0 },
        { name: 'a file', mimetype: 'application/octet-stream', size: 0 },
      ],
    });
  });

  it('is a file whose bytes are elsewhere, or that has to be asked about, whatever its mode says', () => {
    const files = [
      { id: 'F1', mode: 'hosted', is_external: true, url_private: 'https://docs.example/a' },
      { id: 'F2', mode: 'hosted', file_access: 'check_file_info' },
      { id: 'F3', mode: 'hosted', is_external: 'yes', file_access: 'visible' },
      { id: 'F4', mode: 'file_access', file_access: 'check_file_info' },
    ];
    expect(inputOf(mention({ text: '<@UBOT> see', files }))).toMatchObject({
      files: [{ mode: 'external' }, { mode: 'stub' }, { mode: 'hosted' }, { mode: 'stub' }],
    });
  });

  it('is a forwarded message, quoted with its author and its files', () => {
    const shared = {
      is_share: true,
      author_name: 'Ben',
      text: 'disk full on <https://db-3|db-3>\nagain',
      files: [{ name: 'graph.png', mimetype: 'image/png', size: 9 }],
    };
    expect(inputOf(mention({ text: '', attachments: [shared] }))).toMatchObject({
      text: 'Forwarded from Ben:\n> disk full on <https://db-3|db-3>\n> again',
      files: [{ name: 'graph.png' }],
    });
    expect(inputOf(mention({ text: '<@UBOT> why?', attachments: [shared] }))).toMatchObject({
      text: expect.stringMatching(/^why\?\n\nForwarded from Ben:\n> disk/),
    });
  });

  it('is a pasted table, row by row, escaped like the rest of the text', () => {
    const rows = [
      [
        { type: 'raw_text', text: 'host' },
        { type: 'raw_text', text: 'p99 <ms>' },
      ],
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'db' }, { text: '-3' }] }],
        },
        { type: 'raw_number', value: 12.5 },
      ],
      [{ type: 'invented' }, { type: 'raw_text', text: 'x\ny' }],
    ];
    const attachments = [
      { fallback: '[no preview available]', blocks: [{ type: 'table', rows }, { type: 'divider' }] },
    ];
    expect(inputOf(mention({ text: '', attachments }))).toMatchObject({
      text: 'host | p99 &lt;ms&gt;\ndb-3 | 12.5\n | x y',
    });
  });

  it('is not the preview of a link', () => {
    const unfurl = { from_url: 'https://example.com', text: 'An example', fallback: 'Example' };
    expect(inputOf(mention({ text: '<@UBOT> see <https://example.com>', attachments: [unfurl] }))).toMatchObject({
      text: 'see <https://example.com>',
      files: [],
    });
  });

  it('never costs the message when it has an odd shape', () => {
    const odd = {
      files: [null, 3, { name: 7 }],
      attachments: ['x', { blocks: 'none' }],
      user_profile: 'Ana',
      blocks: 5,
    };
    expect(inputOf(mention({ text: '<@UBOT> hi', ...odd }))).toMatchObject({ text: 'hi', files: [{ name: 'a file' }] });
  });
});
