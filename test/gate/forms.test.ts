import { afterEach, describe, expect, it } from 'vitest';
import type { Choice } from '../../src/thread/question.ts';
import { APPROVE, askColour, brief, call, deny, HOUR, type Rig, type RigOptions, rule, startRig } from './rig.ts';

let rig: Rig;
async function start(options?: RigOptions) {
  rig = await startRig({ tools: [askColour()], ...options });
  return rig;
}
afterEach(() => rig.stop());

const question = (input: Record<string, unknown> = {}, more: Parameters<typeof call>[2] = {}) =>
  call('sevt_1', { kind: 'custom', name: 'ask_colour', input }, more);
const ask = (...args: Parameters<typeof question>) => rig.gate.consider(question(...args));
const fill = (colour: string | null): Choice => ({ type: 'answer', values: { colour } });

describe('a form', () => {
  it('is for the requester, with its buttons', async () => {
    await start();
    expect(await ask({}, { requesters: ['U2', 'U1'] })).toMatchObject({
      answer: null,
      card: {
        state: 'open',
        quorum: 1,
        audience: { users: ['U2'], groups: [], members: false, requesters: false },
        body: { type: 'form', question: 'Which colour?', person: 'U2', buttons: [{ value: 'red' }, { value: 'blue' }] },
      },
    });
    expect(rig.audit[0]).toMatchObject({ type: 'question', subject: 'form' });
  });

  it.each([
    ['picked', { type: 'pick', value: 'blue' }, 'BLUE'],
    ['filled in', fill('blue'), 'BLUE'],
  ] as [string, Choice, string][])('that is %s answers the agent', async (_, choice, detail) => {
    await start();
    const asked = await ask();
    expect(await rig.decide(asked, 'U1', choice)).toMatchObject({
      type: 'decided',
      outcome: { result: 'answered', by: ['U1'], detail },
    });
    expect((await ask()).answer).toEqual({ type: 'result', text: 'blue', isError: false });
  });

  it('with a value that will not do says which, and stays open', async () => {
    await start();
    const asked = await ask();
    expect(await rig.decide(asked, 'U1', fill('green'))).toEqual({
      type: 'invalid',
      errors: { colour: 'Choose red or blue.' },
    });
    expect(await ask()).toMatchObject({ answer: null, card: { state: 'open' } });
    expect(brief(rig.audit)).toEqual(['question', 'verdict ask -']);
    expect(await rig.decide(asked, 'U1', fill('red'))).toMatchObject({ type: 'decided' });
  });

  it('that the person will not answer is an error result that says who', async () => {
    await start();
    const asked = await ask();
    expect(await rig.decide(asked, 'U1', { type: 'decline' })).toMatchObject({ outcome: { result: 'declined' } });
    expect((await ask()).answer).toEqual({
      type: 'result',
      text: 'Name of U1 (U1) does not want to answer.',
      isError: true,
    });
  });

  it('is for nobody else', async () => {
    await start();
    const asked = await ask();
    for (const [by, why] of [
      ['U2', 'not-asked'],
      ['UGUEST', 'guest'],
      ['UBOT', 'bot'],
    ] as const) {
      expect(await rig.decide(asked, by, fill('red'))).toMatchObject({ why });
      expect(await rig.desk.check({ question: asked.id, by })).toMatchObject({ why });
    }
    expect((await ask()).answer).toBeNull();
  });

  it.each([
    ['approved', APPROVE],
    ['denied', deny()],
    ['picked with what is no button', { type: 'pick', value: 'green' }],
    ['raised', { type: 'raise', byCents: 100 }],
  ] as [string, Choice][])('cannot be %s', async (_, choice) => {
    await start();
    expect(await rig.decide(await ask(), 'U1', choice)).toMatchObject({ why: 'not-offered' });
  });

  it('without buttons cannot be picked', async () => {
    const plain = askColour();
    await start({ tools: [{ ...plain, ask: (input) => ({ ...plain.ask(input), buttons: null }) }] });
    expect(await rig.decide(await ask(), 'U1', { type: 'pick', value: 'red' })).toMatchObject({ why: 'not-offered' });
  });

  it('reminds, and in the end tells the agent that nobody answered', async () => {
    await start({ section: { ask_user: { remind: ['1h'], expire: '2h' } } });
    await ask();
    rig.clock.advance(HOUR);
    expect((await ask()).card?.nudges).toMatchObject([{ type: 'reminder', audience: { users: ['U1'] } }]);
    await rig.restart();
    rig.clock.advance(HOUR);
    expect(await ask()).toMatchObject({
      answer: { type: 'result', text: 'Nobody answered within 2 h.', isError: true },
      card: { outcome: { result: 'expired' } },
    });
  });

  it('asks nobody when the policy denies it', async () => {
    await start({ section: { rules: [rule('no', 'deny', { match: { tool: 'ask_colour' }, reason: 'Do not ask.' })] } });
    expect(await ask()).toMatchObject({ card: null, answer: { type: 'result', text: 'Do not ask.', isError: true } });
  });

  it('whose person has left the workspace is for nobody any more', async () => {
    await start();
    const asked = await ask();
    rig.people.persons.set('U1', { id: 'U1', name: 'Name of U1', standing: 'gone' });
    expect(await rig.decide(asked, 'U1', fill('red'))).toMatchObject({ why: 'gone' });
  });
});

describe('the person', () => {
  it.each(['U2', 'of U2'])('is found by what they are called: %s', async (person) => {
    await start();
    expect((await ask({ person })).card?.body).toMatchObject({ person: 'U2' });
  });

  it('whom several are called is asked about', async () => {
    await start();
    rig.people.persons.set('U9', { id: 'U9', name: 'Other Name of U2', standing: 'member' });
    expect(await ask({ person: 'Name of U2' })).toMatchObject({
      card: null,
      answer: { isError: true, text: expect.stringMatching(/Name of U2 \(U2\), Other Name of U2 \(U9\)/) },
    });
  });

  it.each(['Nobody', 'UGUEST', 'UBOT', 'UGONE'])('who is no full member is not asked: %s', async (person) => {
    await start();
    expect(await ask({ person })).toMatchObject({
      card: null,
      answer: { isError: true, text: expect.stringContaining(JSON.stringify(person)) },
    });
  });

  it('must be named when nobody in Slack asked', async () => {
    await start();
    expect(await ask({}, { requesters: [] })).toMatchObject({
      card: null,
      answer: { isError: true, text: expect.stringContaining('name the person') },
    });
  });

  it('is looked for again later when Slack cannot say now', async () => {
    await start();
    rig.people.isDown = true;
    await expect(ask()).rejects.toThrow('Slack cannot say');
    rig.people.isDown = false;
    expect((await ask()).card?.state).toBe('open');
    expect(brief(rig.audit)).toEqual(['question', 'verdict ask -']);
  });
});
