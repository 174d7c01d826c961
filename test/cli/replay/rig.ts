import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp } from '../../../src/app.ts';
import { compilePolicy } from '../../../src/gate/policy/compile.ts';
import { createRecorder } from '../../../src/ops/recording/recorder.ts';
import { openWriter, type WriterOptions } from '../../../src/ops/recording/writer.ts';
import { agentsSettings, slackSettings } from '../../../src/playground/settings.ts';
import { builtInTools } from '../../../src/tools/built-in-tools.ts';
import { type Rig, startRig } from '../../e2e/rig.ts';

export interface Recorded {
  rig: Rig;
  /** The file that is recorded into. */
  path: string;
  text(): string;
  stop(): Promise<void>;
}

/** The bot between the local servers, with a recording of what goes on. */
export async function startRecorded({
  keepsText = false,
  ...writing
}: { keepsText?: boolean } & Partial<WriterOptions> = {}): Promise<Recorded> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-record-'));
  const path = join(folder, 'recording.jsonl');
  const now = () => Date.now();
  const log = pino({ level: 'silent' });
  const rig = await startRig({
    async run({ slack, agents, dataFolder }) {
      const recorder = createRecorder({ writer: openWriter(path, { now, ...writing }), keepsText, now, log });
      const app = createApp(
        {
          slack: slackSettings(slack),
          agents: agentsSettings(agents),
          dataFolder,
          renderers: { default: 'auto', channels: {} },
          gate: compilePolicy(),
          tools: builtInTools(),
          files: { maxSize: 500_000_000, maxCount: 20, maxTotal: 1_000_000_000, hosts: ['files.slack.com'] },
          catchUp: { askAfterMs: 3_600_000, oldAnswerAfterMs: 86_400_000 },
          host: '127.0.0.1',
          port: 0,
        },
        { log, recorder, onFatal() {} },
      );
      await app.start();
      return app;
    },
  });
  return {
    rig,
    path,
    text: () => readFileSync(path, 'utf8'),
    async stop() {
      await rig.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
