import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { fastClock } from '../../../src/clock.ts';
import type { PostFile } from '../../../src/playground/page/contract.ts';
import { type SlackServer, startSlackServer } from '../../../src/playground/slack/server.ts';
import { createBoltLog } from '../../../src/slack/bolt-log.ts';
import { createReader, createWriter } from '../../../src/slack/clients.ts';
import { type AttachmentsOptions, createAttachments } from '../../../src/slack/files/attachments.ts';
import { createFileHosts } from '../../../src/slack/files/hosts.ts';
import { createUploads, type UploadsOptions } from '../../../src/slack/files/uploads.ts';
import { fromSlack } from '../../../src/slack/from-slack.ts';
import { createPacer } from '../../../src/slack/pacer/pacer.ts';
import type { FetchOptions } from '../../../src/thread/file-ports.ts';
import type { InputFile } from '../../../src/thread/input.ts';
import { ANA } from '../../playground/slack/bolt-app.ts';

/** A local Slack and an empty folder, with our side of files between them. */
export async function fileSetting() {
  const slack = await startSlackServer();
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-files-'));
  const clock = fastClock(20);
  const log = pino({ level: 'silent' });
  const webApi = { apiUrl: slack.apiUrl, logger: createBoltLog(log) };
  const reader = createReader(slack.botToken, webApi);
  const client = createWriter(slack.botToken, webApi);
  const hosts = createFileHosts({ hosts: ['files.slack.com', '*.slack-edge.com'], apiUrl: slack.apiUrl });
  const identity = { botUserId: slack.botUserId, botId: slack.botId, teamId: slack.teamId };

  return {
    slack,
    folder,
    /** What is in the folder. */
    left: () => readdirSync(folder),
    attachments: (other: Partial<AttachmentsOptions> = {}) =>
      createAttachments({ botToken: slack.botToken, hosts, reader, clock, log, ...other }),
    uploads: (other: Partial<UploadsOptions> = {}) =>
      createUploads({
        client,
        reader,
        pacer: createPacer({ clock, log, limits: 'none' }),
        hosts,
        clock,
        log,
        ...other,
      }),
    how: (other: Partial<FetchOptions> = {}): FetchOptions => ({
      folder,
      maxBytes: 1_000_000,
      signal: new AbortController().signal,
      ...other,
    }),
    fault: (method: string, fault: Record<string, unknown>, next = 1) =>
      slack.faults.apply({ calls: [{ method, next, fault }] }),
    callsTo: (method: string) => slack.calls().filter((call) => call.method === method),
    /** Ana writes to the bot with these files: the files of the input that comes of it. */
    async sent(...files: PostFile[]): Promise<InputFile[]> {
      const { ts } = slack.act.say({ user: ANA, channel: dmOf(slack), text: 'see', files });
      const { messages = [] } = await reader.conversations.history({ channel: dmOf(slack) });
      const message = messages.find((each) => each.ts === ts);
      const event = { ...message, type: 'message', channel: dmOf(slack), channel_type: 'im' };
      const translated = fromSlack({ type: 'event_callback', team_id: slack.teamId, event }, identity);
      if (!('input' in translated) || translated.input.type !== 'message') throw new Error('it was no message');
      return translated.input.files;
    },
    async stop() {
      await slack.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export type FileSetting = Awaited<ReturnType<typeof fileSetting>>;

export function dmOf(slack: SlackServer): string {
  const dm = slack.state().channels.find(({ is_im, members }) => is_im && members.includes(ANA));
  if (!dm) throw new Error('Ana has no conversation with the bot');
  return dm.id;
}

export function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
