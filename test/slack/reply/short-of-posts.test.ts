import { expect, test } from 'vitest';
import { leapClock } from '../../e2e/leap-clock.ts';
import { eventually, FOOTER_WORDS, longText, mortal, openSetting, step, text, view } from './setting.ts';

/** A channel in which Slack takes no posts for a while, and turns that have begun there. */
async function openShut(turns: number, life?: ReturnType<typeof mortal>) {
  const clock = leapClock();
  const setting = await openSetting({ clock, limited: true });
  const { server, said } = setting;
  const { open, waiting } = setting.start('auto', life);
  const posts = () => waiting().filter(({ method }) => method === 'chat.postMessage');
  const waitS = 3_000;
  setting.fail('chat.postMessage', { type: 'rate_limited', retry_after_s: waitS }, 0);
  const replies = Array.from({ length: turns }, (_, turn) => open(`turn${turn}`));
  for (const [turn, reply] of replies.entries()) reply.show(view('working', step(`step${turn}`)));
  await eventually(() => expect(posts()).toMatchObject([{ class: 'first-sight', count: turns, reason: 'refused' }]));
  return {
    ...setting,
    open,
    replies,
    clock,
    /** Once so many answers wait, Slack takes posts again, as many as it usually does. */
    async reopen({ answers, messages }: { answers: number; messages: number }) {
      await eventually(() =>
        expect(posts()).toContainEqual(expect.objectContaining({ class: 'final', count: answers })),
      );
      server.faults.apply({ clear: true });
      clock.leap(waitS * 1_000);
      await eventually(() => {
        clock.leap(1_200);
        expect(said()).toHaveLength(messages);
      });
    },
  };
}

test('a turn that ends before anything of it stood is one message, steps and all, found without looking', async () => {
  const { replies, said, calls, server, reopen } = await openShut(6);
  for (const [turn, reply] of replies.entries()) {
    reply.show(view('ended', step(`step${turn}`, 'done'), text(`e${turn}`, `Answer ${turn}.`)));
  }
  await reopen({ answers: 6, messages: 6 });
  await Promise.all(replies.map((reply) => reply.settled()));
  const joined = replies.map((_, turn) => `[complete bash · step${turn}]\nAnswer ${turn}.\n${FOOTER_WORDS}`);
  expect(said().toSorted()).toEqual(joined);
  expect(calls('conversations.replies')).toEqual([]);
  expect(server.problems()).toEqual([]);
});

test('what is joined stays so: a footer that comes late is added to it, and another process finds it', async () => {
  const { replies, said, calls, start, reopen } = await openShut(1);
  const { footer, ...unfooted } = view('ended', step('step0', 'done'), text('e0', 'Done.'));
  replies[0]?.show(unfooted);
  await reopen({ answers: 1, messages: 1 });
  expect(said()).toEqual(['[complete bash · step0]\nDone.']);
  const posts = calls('chat.postMessage').length;
  const ended = { ...unfooted, ...(footer ? { footer } : {}) };
  replies[0]?.show(ended);
  await replies[0]?.settled();
  expect(said()).toEqual([`[complete bash · step0]\nDone.\n${FOOTER_WORDS}`]);
  const again = start().open('turn0');
  again.show(ended);
  await again.settled();
  expect(said()).toHaveLength(1);
  expect(calls('chat.postMessage')).toHaveLength(posts);
});

test.each(['before', 'after'] as const)(
  'killed at the joined post, %s it is heard of, a turn stands once',
  async (when) => {
    const life = mortal({ dieAt: 2, when });
    const { replies, said, start, clock, calls, reopen } = await openShut(1, life);
    const ended = view('ended', step('step0', 'done'), text('e0', 'Done.'));
    replies[0]?.show(ended);
    await reopen({ answers: 1, messages: when === 'after' ? 1 : 0 });
    await eventually(() => {
      clock.leap(1_200);
      expect(life.dead()).toBe(true);
    });
    const next = start().open('turn0');
    next.show(ended);
    await next.settled();
    expect(said()).toEqual([`[complete bash · step0]\nDone.\n${FOOTER_WORDS}`]);
    expect(calls('conversations.replies')).toHaveLength(1);
  },
);

test('an answer that does not fit beside its steps gets its own message, below them', async () => {
  const { replies, said, reopen } = await openShut(1);
  replies[0]?.show(view('ended', step('step0', 'done'), text('e0', longText(10_900))));
  await reopen({ answers: 1, messages: 2 });
  expect(said()[0]).toBe('[complete bash · step0]');
  expect(said()[1]).toContain('Paragraph 1 ');
});

test('where posts are not short, the steps of a turn that ends at once stand apart from its answer', async () => {
  const { start, said } = await openSetting();
  const reply = start().open();
  reply.show(view('ended', step('ls', 'done'), text('e1', 'Done.')));
  await reply.settled();
  expect(said()).toEqual(['[complete bash · ls]', `Done.\n${FOOTER_WORDS}`]);
});

test('an answer goes before what others only begin to show, and before what they say in the middle', async () => {
  const { replies, open, said, reopen } = await openShut(2);
  replies[0]?.show(view('working', text('m0', longText(3_000)), step('step0')));
  const other = open('other');
  other.show(view('ended', text('o1', 'The other answer.')));
  await reopen({ answers: 1, messages: 4 });
  expect(said()[0]).toBe(`The other answer.\n${FOOTER_WORDS}`);
});
