import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FileSetting, fileSetting } from './setting.ts';

const SIZE = 300_000_000;
const LINE = 'checkout,1234,ok\n';

let world: FileSetting;

beforeEach(async () => {
  world = await fileSetting();
});

afterEach(() => world.stop());

/** By how many MB the process was larger, at most, while this ran. The local Slack runs in it, too. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  await work();
  clearInterval(sampling);
  return (peak - before) / 1e6;
}

it('holds neither a file on its way in nor one on its way out', { timeout: 120_000 }, async () => {
  const [small, large] = await world.sent(
    { name: 'small.csv', repeat: LINE, size: 3_000_000 },
    { name: 'large.csv', repeat: LINE, size: SIZE },
  );
  if (!small || !large) throw new Error('no files came');
  const fetchIt = async (file: typeof large) => {
    const fetched = await world.attachments().fetch(file, world.how({ maxBytes: SIZE }));
    if (fetched.type !== 'fetched') throw new Error(fetched.why);
    return fetched;
  };
  const signal = new AbortController().signal;
  const send = (file: Awaited<ReturnType<typeof fetchIt>>) => world.uploads().send(file, signal);
  // What a first transfer loads is not what a large one holds.
  await send(await fetchIt(small));

  let fetched: Awaited<ReturnType<typeof fetchIt>> | undefined;
  const onTheWayIn = await growth(async () => {
    fetched = await fetchIt(large);
  });
  expect(fetched).toMatchObject({ size: SIZE, isText: true });
  expect(onTheWayIn).toBeLessThan(64);
  const onTheWayOut = await growth(() => (fetched ? send(fetched) : Promise.reject(new Error('nothing to send'))));
  expect(onTheWayOut).toBeLessThan(64);
});
