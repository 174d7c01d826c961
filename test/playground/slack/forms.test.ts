import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { ANA, botClient, GENERAL, refusalOf, startBoltApp } from './bolt-app.ts';

let slack: SlackServer;
let client: WebClient;
let app: App | undefined;

beforeEach(async () => {
  slack = await startSlackServer();
  client = botClient(slack);
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.stop();
});

const words = (text: string) => ({ type: 'plain_text', text });
const input = (block_id: string, element: object) => ({
  type: 'input',
  block_id,
  label: words(block_id),
  optional: true,
  element: { action_id: 'a', ...element },
});
const modal = (blocks: object[]) => ({ type: 'modal', title: words('Form'), submit: words('Send'), blocks });

/** A modal with these blocks, open for Ana; the app answers its submission with `answer`. */
async function openModal(blocks: object[], answer: object = {}): Promise<string> {
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('open', async ({ ack, body, client: own }) => {
      await ack();
      if (!('trigger_id' in body)) return;
      await own.apiCall('views.open', { trigger_id: body.trigger_id, view: modal(blocks) });
    });
    bolt.view(/.*/, ({ ack }) => ack(answer as never));
  });
  const open = { type: 'button', action_id: 'open', text: words('Open') };
  const posted = await client.apiCall('chat.postMessage', {
    channel: GENERAL,
    text: 'A form',
    blocks: [{ type: 'actions', elements: [open] }],
  });
  const ts = 'ts' in posted ? String(posted.ts) : '';
  const { view } = await slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: 'open' });
  return view?.id ?? '';
}

test('what is typed is checked as Slack checks it before the app hears of it', async () => {
  const id = await openModal([
    input('text', { type: 'plain_text_input', min_length: 3, max_length: 5 }),
    input('whole', { type: 'number_input', is_decimal_allowed: false, min_value: '1', max_value: '100' }),
    input('mail', { type: 'email_text_input' }),
    input('link', { type: 'url_text_input' }),
  ]);
  const send = (values: Record<string, string>) =>
    slack.act.submit({
      user: ANA,
      view_id: id,
      values: Object.fromEntries(Object.entries(values).map(([block, value]) => [block, { a: value }])),
    });
  expect((await send({ text: 'ab', whole: '1.5', mail: 'nobody', link: 'here' })).errors).toEqual({
    text: 'Must be at least 3 characters long.',
    whole: 'Please enter a whole number.',
    mail: 'Please enter a valid email address.',
    link: 'Please enter a valid URL.',
  });
  expect((await send({ text: 'abcdef', whole: '101' })).errors).toEqual({
    text: 'Must be at most 5 characters long.',
    whole: 'Must be at most 100.',
  });
  expect((await send({ whole: '0' })).errors).toEqual({ whole: 'Must be at least 1.' });
  expect((await send({ whole: 'ten' })).errors).toEqual({ whole: 'Please enter a number.' });
  expect(slack.deliveries().some(({ payload }) => payload.type === 'view_submission')).toBe(false);
  expect(await send({ text: 'abcd', whole: '7', mail: 'a@b.example', link: 'https://b.example' })).toEqual({});
  const sent = slack.deliveries().at(-1)?.payload as { view?: { state?: unknown } };
  expect(sent.view?.state).toMatchObject({ values: { whole: { a: { type: 'number_input', value: '7' } } } });
});

test('an error must stand at an input that there is', async () => {
  const id = await openModal([input('text', { type: 'plain_text_input' })], {
    response_action: 'errors',
    errors: { elsewhere: 'no' },
  });
  const submit = slack.act.submit({ user: ANA, view_id: id, values: {} });
  await expect(submit).rejects.toMatchObject({ code: 'not_answered' });
  expect(slack.problems().join()).toContain('something that Slack refuses');
});

test('a modal cannot become one that Slack refuses', async () => {
  const id = await openModal([input('text', { type: 'plain_text_input' })], {
    response_action: 'update',
    view: modal([{ type: 'section' }]),
  });
  const submit = slack.act.submit({ user: ANA, view_id: id, values: {} });
  await expect(submit).rejects.toMatchObject({ code: 'not_answered' });
});

test.each([
  ['a field in a row of buttons', { type: 'actions', elements: [{ type: 'plain_text_input', action_id: 'a' }] }],
  ['a button as an input', input('a', { type: 'button', text: words('Press') })],
  ['several choices in a row of buttons', { type: 'actions', elements: [{ type: 'multi_users_select' }] }],
  ['a menu without options', input('a', { type: 'static_select' })],
  [
    'a menu that begins with what it does not offer',
    input('a', {
      type: 'static_select',
      options: [{ text: words('A'), value: 'a' }],
      initial_option: { text: words('B'), value: 'b' },
    }),
  ],
  ['a number input that does not say whether it takes decimals', input('a', { type: 'number_input' })],
  ['a limit that is not a number', input('a', { type: 'number_input', is_decimal_allowed: true, min_value: 'one' })],
  ['a day that does not exist', input('a', { type: 'datepicker', initial_date: '2026-02-30' })],
  ['a time past midnight', input('a', { type: 'timepicker', initial_time: '24:10' })],
  ['a point in time as milliseconds', input('a', { type: 'datetimepicker', initial_date_time: 1_700_000_000_000 })],
])('Slack does not take %s', async (_what, block) => {
  const post = client.apiCall('chat.postMessage', { channel: GENERAL, text: 'x', blocks: [block] });
  expect(await refusalOf(post)).toBe('invalid_blocks');
});

test('a form sent just before its sender was deactivated may come after, once', async () => {
  const id = await openModal([input('text', { type: 'plain_text_input' })]);
  slack.act.setPerson({ user: ANA, deleted: true });
  const submission = { user: ANA, view_id: id, values: {} };
  await expect(slack.act.submit(submission)).rejects.toMatchObject({ code: 'user_is_deactivated' });
  expect(await slack.act.submit({ ...submission, late: true })).toEqual({});
  await expect(slack.act.submit({ ...submission, late: true })).rejects.toMatchObject({ code: 'view_not_found' });
});
