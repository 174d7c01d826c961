import type { App } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { eventually } from '../../eventually.ts';
import { ANA, BEN, botClient, GENERAL, refusalOf, startBoltApp } from './bolt-app.ts';

let slack: SlackServer;
let app: App | undefined;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.stop();
});

const words = (text: string) => ({ type: 'plain_text' as const, text });
const approve = { type: 'button' as const, action_id: 'approve', text: words('Approve'), value: 'id-1' };
const actions = { type: 'actions' as const, block_id: 'choices', elements: [approve] };
const feedback = {
  type: 'context_actions' as const,
  elements: [
    {
      type: 'feedback_buttons' as const,
      action_id: 'feedback',
      positive_button: { text: words('Good'), value: 'good' },
      negative_button: { text: words('Bad'), value: 'bad' },
    },
  ],
};
const reasonModal = {
  type: 'modal' as const,
  callback_id: 'deny',
  title: words('Deny'),
  submit: words('Send'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'why',
      label: words('Why?'),
      element: { type: 'plain_text_input' as const, action_id: 'reason' },
    },
    {
      type: 'input' as const,
      block_id: 'how',
      optional: true,
      label: words('How?'),
      element: {
        type: 'checkboxes' as const,
        action_id: 'ways',
        options: [
          { text: words('Softly'), value: 'soft' },
          { text: words('Firmly'), value: 'firm' },
        ],
      },
    },
  ],
};

async function postCard(blocks: object[] = [actions]): Promise<string> {
  const posted = await botClient(slack).apiCall('chat.postMessage', { channel: GENERAL, text: 'May I?', blocks });
  return 'ts' in posted ? String(posted.ts) : '';
}

const messagesOf = () => slack.state().channels.find(({ id }) => id === GENERAL)?.messages ?? [];

test('a click reaches the app with its message, and the app may answer it', async () => {
  const bodies: unknown[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body, respond, client }) => {
      await ack();
      bodies.push(body);
      await respond({ response_type: 'ephemeral', replace_original: false, text: 'noted' });
      if (body.type === 'block_actions' && body.channel && body.message) {
        await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: 'Approved.', blocks: [] });
      }
    });
  });
  const ts = await postCard();
  await slack.act.click({ user: BEN, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  await eventually(() => expect(messagesOf()[0]?.text).toBe('Approved.'));
  expect(bodies).toMatchObject([
    {
      type: 'block_actions',
      user: { id: BEN, team_id: slack.teamId },
      container: { type: 'message', message_ts: ts, channel_id: GENERAL, is_ephemeral: false },
      message: { ts, text: 'May I?', bot_id: slack.botId },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'choices', value: 'id-1' }],
    },
  ]);
  const ephemerals = slack.state().channels.find(({ id }) => id === GENERAL)?.ephemerals;
  expect(ephemerals).toMatchObject([{ to: BEN, text: 'noted' }]);
  const again = slack.act.click({ user: BEN, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  await expect(again).rejects.toMatchObject({ code: 'action_not_found' });
});

test('feedback says which of its two buttons was pressed', async () => {
  const values: unknown[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('feedback', async ({ ack, payload }) => {
      await ack();
      values.push('value' in payload ? payload.value : undefined);
    });
  });
  const ts = await postCard([feedback]);
  const press = (value?: string) =>
    slack.act.click({
      user: ANA,
      channel: GENERAL,
      message_ts: ts,
      action_id: 'feedback',
      ...(value ? { value } : {}),
    });
  await press('bad');
  expect(values).toEqual(['bad']);
  await expect(press('great')).rejects.toMatchObject({ code: 'invalid_value' });
});

test('a click that nobody answers is refused and remembered', async () => {
  const ts = await postCard();
  const click = slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  await expect(click).rejects.toMatchObject({ code: 'not_answered' });
  expect(slack.problems()).toEqual([expect.stringContaining('was not answered')]);
});

test('a modal is opened, refuses an empty field, is corrected by the app and submitted', async () => {
  const submitted: unknown[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body, client }) => {
      await ack();
      if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: reasonModal });
    });
    bolt.view('deny', async ({ ack, view }) => {
      submitted.push(view.state.values);
      if (view.state.values.why?.reason?.value === 'no')
        await ack({ response_action: 'errors', errors: { why: 'Say more.' } });
      else await ack();
    });
  });
  const ts = await postCard();
  const { view } = await slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  expect(view?.view.title).toEqual(words('Deny'));
  const submit = (values: Record<string, Record<string, unknown>>) =>
    slack.act.submit({ user: ANA, view_id: view?.id ?? '', values });

  expect((await submit({})).errors).toEqual({ why: 'Please complete this required field.' });
  expect((await submit({ why: { reason: 'no' } })).errors).toEqual({ why: 'Say more.' });
  expect(slack.state().views).toHaveLength(1);
  expect(await submit({ why: { reason: 'too risky' }, how: { ways: ['firm'] } })).toEqual({});
  expect(slack.state().views).toEqual([]);
  expect(submitted.at(-1)).toMatchObject({
    why: { reason: { type: 'plain_text_input', value: 'too risky' } },
    how: { ways: { type: 'checkboxes', selected_options: [{ value: 'firm' }] } },
  });
});

test('a trigger opens one modal, while it is fresh', async () => {
  const triggers: string[] = [];
  const refusals: string[] = [];
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      triggers.push(body.trigger_id);
      await client.views.open({ trigger_id: body.trigger_id, view: reasonModal });
      refusals.push(await refusalOf(client.views.open({ trigger_id: body.trigger_id, view: reasonModal })));
    });
  });
  const ts = await postCard();
  await slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  await eventually(() => expect(refusals).toEqual(['exchanged_trigger_id']));
  const invented = botClient(slack).views.open({ trigger_id: 'made-up', view: reasonModal });
  expect(await refusalOf(invented)).toBe('invalid_trigger_id');
});

test('modals stack, change, and close with a word to the app', async () => {
  const heard: string[] = [];
  const choose = {
    type: 'actions' as const,
    block_id: 'more',
    elements: [
      {
        type: 'static_select' as const,
        action_id: 'pick',
        options: ['push', 'other'].map((value) => ({ text: words(value), value })),
      },
    ],
  };
  const first = { ...reasonModal, callback_id: 'first', notify_on_close: true, blocks: [choose] };
  const second = { ...reasonModal, callback_id: 'second', title: words('Second') };
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body, client }) => {
      await ack();
      if (body.type === 'block_actions') await client.views.open({ trigger_id: body.trigger_id, view: first });
    });
    bolt.action('pick', async ({ ack, body, client }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      heard.push(
        `${body.container.type} ${JSON.stringify(body.view?.state.values.more?.pick?.selected_option?.value)}`,
      );
      await client.views.push({ trigger_id: body.trigger_id, view: second });
    });
    bolt.view('second', async ({ ack }) => {
      await ack({ response_action: 'update', view: { ...reasonModal, callback_id: 'done', title: words('Done') } });
    });
    bolt.view('done', async ({ ack }) => {
      await ack({ response_action: 'clear' });
    });
    bolt.view({ callback_id: 'first', type: 'view_closed' }, async ({ ack }) => {
      await ack();
      heard.push('closed');
    });
  });
  const click = { user: ANA, channel: GENERAL, message_ts: await postCard(), action_id: 'approve' };
  const opened = await slack.act.click(click);
  const viewId = opened.view?.id ?? '';
  await expect(slack.act.click({ ...click, user: BEN, view_id: viewId })).rejects.toMatchObject({
    code: 'view_not_found',
  });
  const pushed = await slack.act.click({ ...click, view_id: viewId, action_id: 'pick', value: 'push' });
  expect(slack.state().views).toHaveLength(2);
  const values = { why: { reason: 'because' } };
  const updated = await slack.act.submit({ user: ANA, view_id: pushed.view?.id ?? '', values });
  expect(updated.view).toMatchObject({ id: pushed.view?.id, view: { title: words('Done') } });
  await slack.act.submit({ user: ANA, view_id: pushed.view?.id ?? '', values });
  expect(slack.state().views).toEqual([]);

  const again = await slack.act.click(click);
  await slack.act.submit({ user: ANA, view_id: again.view?.id ?? '', values: {}, close: true });
  await eventually(() => expect(heard).toEqual(['view "push"', 'closed']));
});

test('a view that Slack would refuse is refused', async () => {
  const publish = (view: object) => refusalOf(botClient(slack).apiCall('views.publish', { user_id: ANA, view }));
  expect(await publish({ type: 'modal', title: words('a'), blocks: [] })).toBe('invalid_arguments');
  expect(await publish({ type: 'home', blocks: [{ type: 'header', text: words('x'.repeat(151)) }] })).toBe(
    'invalid_arguments',
  );
  expect(await publish({ type: 'home', blocks: [{ type: 'divider' }] })).toBe('no refusal');
  expect(slack.state().views).toMatchObject([{ user: ANA, view: { type: 'home' } }]);
});

test('a response address answers five times', async () => {
  let url = '';
  app = await startBoltApp(slack, (bolt) => {
    bolt.action('approve', async ({ ack, body }) => {
      await ack();
      if (body.type === 'block_actions') url = body.response_url;
    });
  });
  const ts = await postCard();
  await slack.act.click({ user: ANA, channel: GENERAL, message_ts: ts, action_id: 'approve' });
  const answer = (body: object) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect((await answer({ replace_original: true, text: 'replaced' })).status).toBe(200);
  expect(messagesOf()[0]).toMatchObject({ ts, text: 'replaced' });
  await answer({ response_type: 'in_channel', text: 'for all' });
  await answer({ delete_original: true });
  expect(messagesOf().map(({ text }) => text)).toEqual(['for all']);
  await answer({ text: 'four' });
  await answer({ text: 'five' });
  expect((await answer({ text: 'six' })).status).toBe(404);
});
