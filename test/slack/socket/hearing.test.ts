import { beforeEach, expect, test } from 'vitest';
import { createHearing, type Hearing } from '../../../src/slack/socket/hearing.ts';
import { manualClock } from '../../playground/slack/manual-clock.ts';

let clock: ReturnType<typeof manualClock>;
let hearing: Hearing;
let found: number;

beforeEach(() => {
  found = 0;
  clock = manualClock();
  hearing = createHearing({
    clock,
    onDeaf: () => {
      found += 1;
    },
  });
});

const post = () => hearing.posting()();

test('a post that nothing follows is a sign of deafness, after 20 s', () => {
  post();
  clock.advance(19_999);
  expect(found).toBe(0);
  clock.advance(1);
  expect(found).toBe(1);
});

test('the time runs from the first post that nothing followed', () => {
  post();
  clock.advance(15_000);
  post();
  clock.advance(5_000);
  expect(found).toBe(1);
});

test('whatever is delivered after the post is a sign of life, and no post is none of anything', () => {
  post();
  hearing.delivered({ isEcho: false });
  clock.advance(3_600_000);
  expect(found).toBe(0);
});

test('an echo that comes before the answer to the post is one', () => {
  const stands = hearing.posting();
  hearing.delivered({ isEcho: true });
  stands();
  clock.advance(3_600_000);
  expect(found).toBe(0);
});

test('a post that Slack refuses is no post', () => {
  hearing.posting();
  clock.advance(3_600_000);
  expect(found).toBe(0);
});

test('where no echo ever comes, as without the events of a channel, one connection is given up and no more', () => {
  for (let count = 0; count < 5; count += 1) {
    post();
    clock.advance(20_000);
    hearing.delivered({ isEcho: false });
  }
  expect(found).toBe(1);
});

test('once an echo was heard again, its absence is a sign again', () => {
  post();
  clock.advance(20_000);
  hearing.delivered({ isEcho: true });
  post();
  clock.advance(20_000);
  expect(found).toBe(2);
});

test('nothing is found out after the end', () => {
  post();
  hearing.stop();
  clock.advance(20_000);
  expect(found).toBe(0);
});
