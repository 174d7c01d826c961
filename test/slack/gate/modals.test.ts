import { describe, expect, it } from 'vitest';
import { readView } from '../../../src/playground/slack/methods/views.ts';
import { fullModal, isLastPage } from '../../../src/slack/gate/full-modal.ts';
import type { Field } from '../../../src/thread/question.ts';
import { gate } from '../memory-ports.ts';
import { card, outcome, refused, toolBody } from './memory-desk.ts';
import { BEN, eventually, openGate, textsOf } from './rig.ts';

const form = (...fields: Field[]) => ({
  type: 'form' as const,
  question: 'Where and when? <!channel>',
  form: { fields },
  buttons: null,
  person: BEN,
});
const base = (name: string, required = true) => ({ name, label: `The ${name}`, hint: null, required });
const region: Field = {
  ...base('region'),
  type: 'text',
  multiline: false,
  minLength: null,
  maxLength: null,
  initial: null,
};
const note: Field = { ...region, ...base('note', false), type: 'text', hint: 'Anything else?' };

describe('denying with a reason', () => {
  it('asks for it in a modal, and tells it with the decision', async () => {
    const { ask, desk, send, views, told } = await openGate();
    const { press } = await ask(card('q1'));
    const { view } = await press('deny-reason');
    expect(textsOf(view?.view)).toContain('The agent wants to run a command: `bash · npm test`');
    expect((await send(view, {})).errors).toEqual({ reason: 'Please complete this required field.' });
    await send(view, { reason: { text: 'Not on a Friday.' } });
    expect(desk.decided).toEqual([{ question: 'q1', by: BEN, choice: { type: 'deny', reason: 'Not on a Friday.' } }]);
    expect(views()).toEqual([]);
    expect(told()).toEqual([]);
  });

  it('is not asked of somebody who may not decide', async () => {
    const { ask, desk, views, told } = await openGate();
    desk.hooks.rule = () => refused('guest');
    const { press } = await ask(card('q1'));
    const { view } = await press('deny-reason');
    expect(view).toBeUndefined();
    await eventually(() => expect(told()[0]?.text).toContain("Guests can't"));
    expect(views()).toEqual([]);
  });

  it('after somebody else decided says so in the modal', async () => {
    const { ask, desk, send } = await openGate();
    const { press } = await ask(card('q1'));
    const { view } = await press('deny-reason');
    desk.put(card('q1', { outcome: outcome('approved', { by: ['U0ANA00001'] }) }));
    const after = await send(view, { reason: { text: 'No.' } });
    expect(textsOf(after.view?.view)).toContain('decided already: *Approved* by <@U0ANA00001>');
    expect(desk.decided).toEqual([]);
  });

  it.each([
    ['Slack cannot say who this is', () => refused('unsure'), /try again in a moment/],
    ['the desk fails', () => Promise.reject(new Error('disk full')), /could not record that\. Send it again/],
  ])('keeps what was written when %s', async (_what, trouble, words) => {
    const { ask, desk, send, views } = await openGate();
    const { press } = await ask(card('q1'));
    const { view } = await press('deny-reason');
    desk.hooks.beforeDecide = async () => {
      const ruling = await trouble();
      desk.hooks.rule = () => ruling;
    };
    expect((await send(view, { reason: { text: 'No.' } })).errors?.reason).toMatch(words);
    expect(views()).toHaveLength(1);
    desk.hooks.beforeDecide = async () => {};
    desk.hooks.rule = () => null;
    await send(view, { reason: { text: 'No.' } });
    expect(desk.decided).toHaveLength(1);
    expect(views()).toEqual([]);
  });

  it('does not claim anything while the desk is late, and says when it stands', async () => {
    const { ask, desk, send, views, slack } = await openGate({ speed: 10 });
    const { press } = await ask(card('q1'));
    const { view } = await press('deny-reason');
    const storing = gate();
    desk.hooks.beforeDecide = () => storing.passed;
    const sent = await send(view, { reason: { text: 'No.' } });
    expect(sent.errors?.reason).toMatch(/still recording this.*counts only once/);
    storing.open();
    await eventually(() => expect(textsOf(views())).toContain('Done: it stands.'));
    expect(slack.problems()).toEqual([]);
  });

  it('opens in time although it takes long to find out who may', async () => {
    const { ask, desk, views, slack } = await openGate({ speed: 5 });
    const looking = gate();
    desk.hooks.beforeRead = () => looking.passed;
    const { press } = await ask(card('q1'));
    await press('deny-reason');
    await eventually(() => expect(textsOf(views())).toContain('Loading…'));
    looking.open();
    await eventually(() => expect(textsOf(views())).toContain('Why not?'));
    expect(slack.problems()).toEqual([]);
  });
});

describe('the whole input', () => {
  const lines = (characters: number) => {
    let text = '';
    for (let n = 1; text.length < characters; n += 1) text += `line ${n} <!channel> "quoted" \`\`\`\n`;
    return text.slice(0, characters);
  };
  const cut = card('q1', { body: toolBody({ isCut: true, mustOpen: true }) });
  const contentOf = (view: { view: { blocks: unknown[] } } | undefined) =>
    (view?.view.blocks ?? [])
      .filter((block) => (block as { type: string }).type === 'rich_text')
      .map((block) => (block as { elements: { elements: { text: string }[] }[] }).elements[0]?.elements[0]?.text ?? '')
      .join('');

  it('of one page has been seen at once', async () => {
    const { ask, desk } = await openGate();
    const { press } = await ask(cut, { text: 'echo 1\n' });
    const { view } = await press('show');
    expect(contentOf(view)).toBe('echo 1\n');
    expect(textsOf(view?.view)).toContain('Page 1 of 1: this is the end');
    await eventually(() => expect(desk.readers).toEqual([{ question: 'q1', by: BEN }]));
  });

  it('of 200 kB is turned page by page, whole, and seen on the last one only', async () => {
    const { ask, desk, turn, views, slack } = await openGate();
    const text = lines(200_000);
    const { press } = await ask(cut, { text });
    const { view } = await press('show');
    let read = contentOf(view);
    expect(textsOf(view?.view)).toMatch(/Page 1 of 4[\s\S]*Next \(page 2 of 4\)/);
    for (let page = 1; page <= 3; page += 1) {
      expect(desk.readers).toEqual([]);
      await turn(view, page);
      await eventually(() => expect(textsOf(views())).toContain(`Page ${page + 1} of 4`));
      read += contentOf(views()[0]);
    }
    expect(read).toBe(text);
    expect(textsOf(views())).not.toContain('Next');
    await eventually(() => expect(desk.readers).toEqual([{ question: 'q1', by: BEN }]));
    await turn(view, 2);
    await eventually(() => expect(textsOf(views())).toContain('Page 3 of 4'));
    expect(desk.readers).toHaveLength(1);
    expect(slack.problems()).toEqual([]);
  });

  it('pressed twice turns one page', async () => {
    const { ask, turn, views, slack } = await openGate();
    const { press } = await ask(cut, { text: lines(200_000) });
    const { view } = await press('show');
    await Promise.all([turn(view, 1), turn(view, 1)]);
    await eventually(() => expect(textsOf(views())).toContain('Page 2 of 4'));
    expect(slack.problems()).toEqual([]);
  });

  it.each([
    ['one endless line', 'x'.repeat(100_000)],
    ['text of three bytes a character', '語'.repeat(60_000)],
    ['pairs of surrogates', `x${'😀'.repeat(40_000)}`],
    ['halves of pairs', '\ud800'.repeat(30_000)],
    ['quotation marks and line breaks', '"\n'.repeat(40_000)],
    ['nothing', ''],
  ])('fits into the views that Slack takes: %s', async (_what, text) => {
    const shown = { format: 'text' as const, text };
    let read = '';
    for (let page = 0; ; page += 1) {
      const view = fullModal(cut.id, { shown, page });
      expect(() => readView(structuredClone(view), 'modal')).not.toThrow();
      const part = contentOf({ view });
      if (!text.startsWith('\ud800')) expect(part).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
      read += part;
      if (isLastPage(shown, page)) break;
    }
    expect(read).toBe(text === '' ? '(no input)' : text);
  });

  it('is unknown when there is none', async () => {
    const { ask, told } = await openGate();
    const { press } = await ask(cut);
    await press('show');
    await eventually(() => expect(told()[0]?.text).toContain("don't know this request"));
  });

  it('that could not be noted as read is to be opened again', async () => {
    const { ask, desk, views } = await openGate();
    desk.hooks.onOpened = () => Promise.reject(new Error('disk full'));
    const { press } = await ask(cut, { text: 'echo 1' });
    await press('show');
    await eventually(() => expect(textsOf(views())).toContain('Close this and open it again'));
  });

  it('that is slow to come is shown in the modal that was opened meanwhile', async () => {
    const { ask, desk, views } = await openGate({ speed: 5 });
    const reading = gate();
    desk.hooks.beforeRead = () => reading.passed;
    const { press } = await ask(cut, { text: 'echo 1' });
    await press('show');
    await eventually(() => expect(textsOf(views())).toContain('Loading…'));
    expect(desk.readers).toEqual([]);
    reading.open();
    await eventually(() => expect(contentOf(views()[0])).toBe('echo 1'));
    await eventually(() => expect(desk.readers).toHaveLength(1));
  });
});

describe('a form', () => {
  it('is filled in and sent', async () => {
    const { ask, desk, send, views } = await openGate();
    const { press } = await ask(card('q1', { body: form(region, note) }));
    const { view } = await press('form');
    expect(textsOf(view?.view)).toContain('Where and when? <!channel>');
    expect((await send(view, {})).errors).toEqual({ 'field:0': 'Please complete this required field.' });
    await send(view, { 'field:0': { value: 'eu' } });
    expect(desk.decided).toEqual([
      { question: 'q1', by: BEN, choice: { type: 'answer', values: { region: 'eu', note: null } } },
    ]);
    expect(views()).toEqual([]);
  });

  it('says at each field what is wrong with it, and keeps the rest', async () => {
    const { ask, desk, send, views } = await openGate();
    const { press } = await ask(card('q1', { body: form(region, note) }));
    const { view } = await press('form');
    desk.hooks.rule = () => ({
      type: 'invalid',
      errors: { note: 'Too short.', region: 'No such region.', '': 'Odd.' },
    });
    const { errors } = await send(view, { 'field:0': { value: 'mars' }, 'field:1': { value: 'x' } });
    expect(errors).toEqual({ 'field:0': 'No such region. Odd.', 'field:1': 'Too short.' });
    expect(views()).toHaveLength(1);
  });

  it('without fields can be sent, and says in the modal what is wrong', async () => {
    const { ask, desk, send } = await openGate();
    const { press } = await ask(card('q1', { body: form() }));
    const { view } = await press('form');
    desk.hooks.rule = () => ({ type: 'invalid', errors: { '': 'Odd.' } });
    expect(textsOf((await send(view, {})).view?.view)).toContain('Odd.');
  });

  it('that has become unknown says so in the modal', async () => {
    const { ask, desk, send } = await openGate();
    const { press } = await ask(card('q1', { body: form(region) }));
    const { view } = await press('form');
    desk.forget('q1');
    const after = await send(view, { 'field:0': { value: 'eu' } });
    expect(textsOf(after.view?.view)).toContain("don't know this request");
  });
});
