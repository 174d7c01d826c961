import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionError } from '../../src/thread/errors.ts';
import { eventually } from '../sessions/rig.ts';
import { type Hall, openHall } from './hall.ts';

const HOUR = 3_600_000;
const UNREACHABLE = new SessionError('unreachable', 'not now');

let hall: Hall;
beforeEach(async () => {
  hall = await openHall();
});
afterEach(() => hall.stop());

const sent = () => hall.agent.sent.map(({ text }) => text);
async function served() {
  await hall.says('hello');
  await eventually(() => expect(sent()).toEqual(['hello']));
  hall.agent.ends();
  await hall.parked();
}
const isAsked = () =>
  eventually(() => expect(hall.notices()).toMatchObject([{ code: 'late', messages: 1, choice: null }]));

describe('what waited too long', () => {
  it('is asked about when its turn had begun and nothing had been sent', async () => {
    hall.agent.fail.send = UNREACHABLE;
    await hall.says('begun');
    await eventually(() => expect(hall.notices()).toMatchObject([{ code: 'unreachable' }]));
    await hall.away(5 * HOUR);
    await isAsked();
    hall.agent.fail.send = null;
    await hall.parked();
    expect(sent()).toEqual([]);
    await hall.chooses('answer');
    await eventually(() => expect(sent()).toEqual(['begun']));
  });

  it('is not given up for its age when the agents API cannot be reached at first', async () => {
    await served();
    hall.agent.fail.send = UNREACHABLE;
    await hall.says('late one');
    await hall.away(5 * HOUR);
    await isAsked();
    await hall.chooses('answer');
    await eventually(() => expect(hall.notices()).toMatchObject([{ code: 'unreachable' }]));
    hall.agent.fail.send = null;
    hall.gate.clock.advance(61_000);
    await eventually(() => expect(sent()).toEqual(['hello', 'late one']));
  });

  it('is never sent once it is skipped', async () => {
    await served();
    hall.agent.fail.send = UNREACHABLE;
    await hall.says('late one');
    await hall.away(5 * HOUR);
    await isAsked();
    hall.agent.fail.send = null;
    await hall.chooses('skip');
    await eventually(() => expect(hall.notices()).toMatchObject([{ choice: { by: 'U1', what: 'skip' } }]));
    await hall.says('new one');
    await eventually(() => expect(sent()).toEqual(['hello', 'new one']));
  });
});
