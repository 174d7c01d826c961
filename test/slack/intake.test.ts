import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createIntake, type Intake } from '../../src/slack/intake.ts';
import type { SlackTs } from '../../src/thread/ids.ts';
import { threadId } from '../../src/thread/ids.ts';
import { gate, memoryPorts, servedRecord } from './memory-ports.ts';
import { IDENTITY, mention, message, stopped } from './payloads.ts';

const ROOT = '1766458026.240809' as SlackTs;
const THREAD = threadId({ team: 'T1', channel: 'C1', root: ROOT });

let ports: ReturnType<typeof memoryPorts>;
let intake: Intake;
let logged: string[];

beforeEach(() => {
  ports = memoryPorts();
  logged = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  intake = createIntake(ports, { identity: IDENTITY, log });
});

describe('intake', () => {
  it('stores an input before it resolves, then wakes the thread', async () => {
    const storing = gate();
    ports.hooks.beforeAdd = () => storing.passed;
    let done = false;
    const taking = intake(mention({ ts: ROOT, text: '<@UBOT> hi' })).then(() => {
      done = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect({ done, wakes: ports.wakes }).toEqual({ done: false, wakes: [] });
    storing.open();
    await taking;
    expect(ports.all()).toMatchObject([{ type: 'message', thread: THREAD, text: 'hi' }]);
    expect(ports.wakes).toEqual([THREAD]);
  });

  it('rejects when the input could not be stored, wakes nobody, and takes it in the next time', async () => {
    const body = mention({ ts: ROOT });
    ports.hooks.beforeAdd = () => Promise.reject(new Error('disk full'));
    await expect(intake(body)).rejects.toThrow('disk full');
    expect(ports.wakes).toEqual([]);
    ports.hooks.beforeAdd = async () => {};
    await intake(body);
    expect(ports.all()).toHaveLength(1);
  });

  it('makes one input of the two events of a mention, each delivered twice', async () => {
    const twins = [message({ ts: ROOT, text: '<@UBOT> hi' }), mention({ ts: ROOT, text: '<@UBOT> hi' })];
    await Promise.all([...twins, ...twins].map(intake));
    expect(ports.all()).toHaveLength(1);
  });

  it('does not wake a thread for an input that was settled before', async () => {
    await intake(mention({ ts: ROOT }));
    const [input] = ports.all();
    if (input) await ports.inbox.settle(input);
    ports.wakes.length = 0;
    await intake(message({ ts: ROOT, text: '<@UBOT> 2' }));
    expect(ports.wakes).toEqual([]);
    expect(ports.all()).toEqual([]);
  });

  it('ignores a plain reply in a thread that nobody serves', async () => {
    await intake(message({ thread_ts: ROOT, text: 'use the replica' }));
    await intake(message({ thread_ts: ROOT, text: 'stop' }));
    expect(ports.all()).toEqual([]);
    expect(ports.wakes).toEqual([]);
  });

  it('takes a plain reply in a thread that has a record', async () => {
    await ports.threads.save(THREAD, servedRecord());
    await intake(message({ thread_ts: ROOT, text: 'use the replica' }));
    expect(ports.all()).toMatchObject([{ thread: THREAD, addressed: false }]);
  });

  it('takes a plain reply that arrives while the mention before it is still being stored', async () => {
    ports.hooks.beforeAdd = async (input) => {
      if (input.ts === ROOT) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await Promise.all([
      intake(mention({ ts: ROOT, text: '<@UBOT> look' })),
      intake(message({ thread_ts: ROOT, text: 'at db-3' })),
    ]);
    expect(ports.all()).toMatchObject([{ text: 'look' }, { text: 'at db-3' }]);
  });

  it('goes on with a thread whose input before could not be stored', async () => {
    ports.hooks.beforeAdd = (input) => (input.ts === ROOT ? Promise.reject(new Error('disk full')) : Promise.resolve());
    const outcomes = await Promise.allSettled([
      intake(mention({ ts: ROOT, text: '<@UBOT> look' })),
      intake(mention({ thread_ts: ROOT, text: '<@UBOT> still there?' })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('takes the native stop', async () => {
    await intake(stopped({ event_ts: '1766458040.000100' }));
    expect(ports.all()).toMatchObject([{ type: 'stop', thread: THREAD, said: false }]);
  });

  it('never logs what people wrote', async () => {
    const secret = 'the password is swordfish';
    await intake(mention({ ts: ROOT, text: `<@UBOT> ${secret}` }));
    await intake(message({ text: secret }));
    await intake(message({ thread_ts: '1766458000.000001', text: secret }));
    expect(logged).toHaveLength(3);
    expect(logged.join('')).not.toContain('swordfish');
  });
});
