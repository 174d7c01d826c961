import { afterEach, describe, expect, it } from 'vitest';
import { mayDecide } from '../../src/gate/may-decide.ts';
import type { GateSection } from '../../src/gate/policy/schema.ts';
import type { QuestionRecord } from '../../src/gate/record.ts';
import type { Directory } from '../../src/thread/gate-ports.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function recordOf(defaults: GateSection['defaults'] = {}): Promise<QuestionRecord> {
  rig = await startRig({ section: { defaults } });
  const { id } = await rig.ask();
  return (await rig.store.questions.load(id)) as QuestionRecord;
}

/** Slack says who everybody is, and cannot say who is in a channel. */
function directory(standing: 'member' | 'guest', isMember: () => Promise<boolean>): Directory {
  return {
    person: async (id) => ({ id, name: id, standing }),
    isMember,
    group: async () => [],
    find: async () => [],
  };
}

const fails = () => Promise.reject(new Error('Slack is slow'));

describe('whether somebody may decide', () => {
  it('asks who they are and whether they are in the channel at the same time', async () => {
    const record = await recordOf();
    const asked: string[] = [];
    let answer = () => {};
    const slow: Directory = {
      ...directory('member', async () => asked.push('member') > 0),
      person: (id) =>
        new Promise((resolve) => {
          asked.push('person');
          answer = () => resolve({ id, name: id, standing: 'member' });
        }),
    };
    const right = mayDecide(record, 'U2', slow);
    expect(asked.toSorted()).toEqual(['member', 'person']);
    answer();
    expect(await right).toMatchObject({ person: { id: 'U2' } });
  });

  it('is not known when Slack cannot say who is in the channel', async () => {
    expect(await mayDecide(await recordOf(), 'U2', directory('member', fails))).toMatchObject({ why: 'unsure' });
  });

  it('does not depend on the channel for a guest, nor for somebody who is named', async () => {
    const record = await recordOf({ approvers: ['members', 'U3'] });
    expect(await mayDecide(record, 'U2', directory('guest', fails))).toMatchObject({ why: 'guest' });
    expect(await mayDecide(record, 'U3', directory('member', fails))).toMatchObject({ person: { id: 'U3' } });
  });
});
