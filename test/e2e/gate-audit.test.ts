import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runInWorld } from '../cli/world.ts';
import { leapClock } from './leap-clock.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { cardsIn, textsOf, valuesFor, wordsAt } from './words.ts';

let rig: Rig;
afterEach(() => rig.stop());

async function start(gate = '', options: RigOptions = {}) {
  rig = await startRig({ ...options, gate });
}

const auditPath = () => join(rig.dataFolder, 'audit.jsonl');
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** What an operator types, while the bot runs. */
const drawbridge = (...args: string[]) =>
  runInWorld(args, { env: () => ({ DRAWBRIDGE_DATA: rig.dataFolder }), now: () => rig.clock.now() });

async function denyWithReason(who: string, reason: string, place: { channel: string; root: string }) {
  const view = await rig.press(who, 'deny-reason', place);
  return rig.slack.act.submit({ user: rig.user(who), view_id: view?.id ?? '', values: valuesFor(view, reason) });
}

/** Ana has something deployed, after a guest could not; then Ben wants to change a file, and she says no. */
async function converse() {
  const { channel, root } = await rig.ask('deploy');
  await rig.press('Gus', 'approve', { channel, root });
  await rig.press('Chiara', 'approve', { channel, root });
  await rig.ended(channel, root);
  const second = await rig.say('Ben', 'edit a file, password=hunter2secret', { channel, thread: root });
  await rig.until('it asks again', () => cardsIn(rig, channel, root).length === 2);
  await denyWithReason('Ana', 'freeze, and my token is ghp_abcdefghijklmnopqrstuvwxyz0123456789', { channel, root });
  await rig.ended(channel, root, 2);
  return { channel, root, second };
}

describe('the audit of a conversation', () => {
  it('tells who did what, when, where, in which session and about which event', async () => {
    await start();
    const began = rig.clock.now();
    const { channel, root, second } = await converse();
    const [session] = rig.agents.records().sessions;
    const [ana, ben, chiara, gus] = ['Ana', 'Ben', 'Chiara', 'Gus'].map((name) => rig.user(name));
    const [bash, edit] = rig.events(root).filter(({ type }) => type === 'agent.tool_use');
    const entries = rig.audit();
    for (const { at, thread, session: where } of entries) {
      expect(at).toBeGreaterThanOrEqual(began);
      expect(at).toBeLessThanOrEqual(rig.clock.now());
      expect(thread).toBe(`${rig.slack.teamId}/${channel}/${root}`);
      expect(where).toBe(session?.id);
    }
    const questions = entries.filter(({ type }) => type === 'question').map(({ question }) => question);
    const [first, other] = questions;
    const deploys = { subject: 'tool', event: bash?.id, tool: { kind: 'built-in', name: 'bash' }, requesters: [ana] };
    const edits = { subject: 'tool', event: edit?.id, tool: { kind: 'built-in', name: 'edit' }, requesters: [ben] };
    expect(entries).toMatchObject([
      { type: 'input', by: ana, input: 'message', ts: root, textHash: hash('deploy') },
      { type: 'question', by: null, question: first, ...deploys, inputHash: hash(JSON.stringify(bash?.input)) },
      { type: 'verdict', by: null, question: first, verdict: 'ask', rule: null },
      { type: 'refused', by: gus, question: first, why: 'guest' },
      { type: 'decision', by: chiara, question: first, choice: 'approve' },
      { type: 'answer', by: null, question: first, answer: 'confirmation', allow: true, how: 'accepted' },
      { type: 'input', by: ben, input: 'message', ts: second, textHash: hash('edit a file, password=hunter2secret') },
      { type: 'question', by: null, question: other, ...edits },
      { type: 'verdict', by: null, question: other, verdict: 'ask', rule: null },
      { type: 'decision', by: ana, question: other, choice: 'deny', reason: expect.stringMatching(/^freeze, and my/) },
      { type: 'answer', by: null, question: other, answer: 'confirmation', allow: false, how: 'accepted' },
    ]);
    await rig.noProblems();
  });

  it('verifies while it is written, and no more once a byte of it was changed', async () => {
    await start();
    await converse();
    const verified = await drawbridge('audit', 'verify');
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^OK: 11 entries, head [0-9a-f]{64}\n$/);
    await rig.restart();
    expect((await drawbridge('audit', 'verify')).stdout).toBe(verified.stdout);

    const text = readFileSync(auditPath(), 'utf8');
    const changed = text.replace('"choice":"deny"', '"choice":"allo"');
    writeFileSync(auditPath(), changed);
    const broken = await drawbridge('audit', 'verify');
    expect(broken.exitCode).toBe(1);
    expect(broken.stderr).toMatch(/^BROKEN: line 10 .*entry 10.* was changed after it was written/);
    writeFileSync(auditPath(), text);
  });

  it('has neither what people wrote, nor what the agent wanted, nor a token', async () => {
    await start();
    await converse();
    const text = readFileSync(auditPath(), 'utf8');
    const { botToken, appToken } = rig.slack;
    const words = ['deploy.sh', 'edit a file', 'hunter2', 'retry.ts', 'abcdefghijklmnopqrstuvwxyz'];
    for (const secret of [...words, botToken, appToken, rig.agents.apiKey]) expect(text).not.toContain(secret);
  });

  it('has both, with secrets masked, where that is configured', async () => {
    await start('audit: { content: true }');
    await converse();
    const entries = rig.audit();
    const texts = entries.filter(({ type }) => type === 'input').map(({ text }) => text);
    expect(texts).toEqual(['deploy', 'edit a file, password=••••••']);
    const [deploy, edit] = entries.filter(({ type }) => type === 'question').map(({ input }) => input);
    expect(deploy).toEqual({ command: './deploy.sh checkout --environment production' });
    expect(edit).toMatchObject({ file_path: 'services/checkout/src/retry.ts' });
    expect((await drawbridge('audit', 'verify')).exitCode).toBe(0);
  });

  it('can be exported, and the policy of tomorrow tested on it', async () => {
    await start();
    const { channel, root } = await converse();
    const thread = `${rig.slack.teamId}/${channel}/${root}`;
    const exported = await drawbridge('audit', 'export', '--thread', thread, '--format', 'json');
    expect(exported.exitCode).toBe(0);
    expect(exported.stdout.match(/"seq"/g)).toHaveLength(11);

    const config = join(rig.dataFolder, 'bridge.yaml');
    writeFileSync(config, 'gate:\n  rules:\n    - { name: edits, match: { tool: edit }, then: allow }\n');
    const { exitCode, stdout } = await drawbridge('policy', 'test', '--config', config, '--since', '1h', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      calls: 2,
      now: { allow: 1, ask: 1, deny: 0 },
      was: { allow: 0, ask: 2, deny: 0 },
      otherwise: [{ call: 'edit', now: 'allow', people: { choice: 'deny', by: rig.user('Ana') } }],
    });
    const asText = await drawbridge('policy', 'test', '--config', config, '--since', '1h');
    expect(asText.stdout).toContain('allowed  1  1 of them denied by people');
  });
});

describe('an audit that cannot be written', () => {
  it('lets nobody decide, says so, and lets them once it can be written again', async () => {
    const clock = leapClock();
    await start('defaults: { expire: { after: 1h } }', { clock });
    const { channel, root } = await rig.ask('deploy');
    const card = await rig.until('it asks', () => rig.card(channel, root, 'approve'));
    const { size } = statSync(auditPath());
    appendFileSync(auditPath(), 'a line of somebody else\n');

    await rig.press('Ana', 'approve', { channel, root });
    expect(await rig.until('Ana is told', () => rig.whispers('Ana', channel)[0])).toContain('I could not record that');
    const { errors } = await denyWithReason('Ben', 'not now', { channel, root });
    expect(Object.values(errors ?? {})).toEqual([expect.stringContaining('I could not record that')]);
    const isOpen = () => wordsAt(rig, { channel, root, ts: card.ts }).includes('Deny with reason');
    expect(isOpen()).toBe(true);
    // Not even time decides.
    clock.leap(2 * 3_600_000);
    await rig.until('people are told', () => rig.said(channel, root).includes('so nothing is approved'));
    expect(isOpen()).toBe(true);
    expect(rig.events(root).some(({ type }) => type === 'user.tool_confirmation')).toBe(false);
    expect(rig.logged()).toContain('was written to by somebody else');

    // Only then is it certain which attempt failed last: the next one is a minute after that.
    await rig.until('the thread is put down', () => rig.agents.records().openStreams === 0);
    truncateSync(auditPath(), size);
    clock.leap(61_000);
    await rig.ended(channel, root);
    await rig.until('it has expired', () => wordsAt(rig, { channel, root, ts: card.ts }).startsWith('*Expired*'));
    expect(rig.said(channel, root)).not.toContain('so nothing is approved');
    expect((await drawbridge('audit', 'verify')).exitCode).toBe(0);
    await rig.noProblems();
  });

  it.runIf(existsSync('/dev/full'))(
    'asks nobody on a full disk, and goes on where it was once there is room',
    async () => {
      await start();
      const kept = `${auditPath()}.kept`;
      renameSync(auditPath(), kept);
      symlinkSync('/dev/full', auditPath());
      await rig.restart();
      const { channel, root } = await rig.ask('deploy');
      await rig.until('the session waits', () => rig.agents.records().sessions[0]?.status === 'idle');
      await rig.until('it is put off', () => rig.logged().includes('has no room left: free some space on its disk'));
      expect(cardsIn(rig, channel, root)).toEqual([]);

      rmSync(auditPath());
      renameSync(kept, auditPath());
      await rig.restart();
      await rig.press('Ben', 'approve', { channel, root });
      await rig.ended(channel, root);
      expect(rig.userMessages()).toHaveLength(1);
      expect(rig.audit().map(({ type }) => type)).toEqual(['input', 'question', 'verdict', 'decision', 'answer']);
      expect(textsOf(cardsIn(rig, channel, root)[0]?.blocks)).toContain('./deploy.sh');
    },
  );
});
