import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fastClock } from '../../../src/clock.ts';
import { CHANNEL, DM, FOOTER_WORDS, mortal, notice, openSetting, step, text, view } from './setting.ts';

const said = notice('n1', { code: 'new-session', remembers: true });
const first = text('e1', 'The first answer.');
const second = 'The second answer.\n\n| name | size |\n|---|--:|\n| only here | 7 |\n\nThat was it.';
const turn = [
  view('starting'),
  view('working', said, text('e1', 'The first ', 'preview')),
  view('working', said, first, step('s1')),
  view('working', said, first, step('s1', 'done'), text('e2', second.slice(0, 60), 'preview')),
  view('ended', said, first, step('s1', 'done'), text('e2', second)),
];
const kills = [CHANNEL, DM].flatMap((channel) =>
  Array.from({ length: 11 }, (_, n) => n + 1).flatMap((dieAt) =>
    (['before', 'after'] as const).map((when) => ({ channel, dieAt, when })),
  ),
);

test.each(kills)(
  'killed at call $dieAt ($when it is heard of) in $channel, a turn still stands once and whole',
  async ({ channel, dieAt, when }) => {
    const setting = await openSetting({ channel, clock: fastClock(20) });
    const life = mortal({ dieAt, when });
    const dying = setting.start('auto', life).open();
    for (const shown of turn) {
      dying.show(shown);
      await Promise.race([dying.settled(), wait(100)]);
      if (life.dead()) break;
    }
    await wait(20);
    const next = setting.start().open();
    for (const shown of turn.slice(-2)) {
      next.show(shown);
      await next.settled();
    }
    const whole = setting.said().join('\n');
    expect(whole.match(/The first/g)).toEqual(['The first']);
    expect(whole.match(/The second/g)).toEqual(['The second']);
    expect(whole.match(/bash · s1/g)).toHaveLength(1);
    expect(whole.match(/gave it the thread so far/g)).toHaveLength(1);
    expect(whole).toMatch(/The first answer\.[\s\S]*The second answer\./);
    const shown = setting.standing().map(({ blocks, stream }) => JSON.stringify(stream?.parts ?? blocks));
    expect(shown.join().match(/"only here"/g)).toHaveLength(1);
    expect(shown.join().match(/"type":"table"/g)).toHaveLength(1);
    expect(whole).toContain(FOOTER_WORDS);
    expect(whole).not.toMatch(/Stop\)|Working on it/);
    expect(setting.server.problems().filter((problem) => !problem.includes('edited twice'))).toEqual([]);
  },
);
