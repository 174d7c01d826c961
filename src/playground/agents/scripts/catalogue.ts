import type { Script } from '../script.ts';
import { csv } from './csv.ts';
import { budget, crash, exhausted, mcpError, refusal, reschedule, retrying, unknownEvent } from './failures.ts';
import { badInput, form, unknownTool, yesOrNo } from './forms.ts';
import { createHelp } from './help.ts';
import { investigation } from './investigation.ts';
import { long } from './long.ts';
import { bigTables, markdown, pings } from './markdown.ts';
import { bigOutput, emptyOutput, longReport, noOutput, tenFiles } from './outputs.ts';
import { plain } from './plain.ts';
import { approval, atOnce, child, manyQuestions, question } from './questions.ts';
import { bigInput, edit, secrets } from './sensitive.ts';
import { findUser, postMessage, readThread } from './slack-tools.ts';
import { minutes, slow } from './slow.ts';
import { files } from './tell-files.ts';

/** Every built-in script, in the order in which they are tried; the last one answers everything else. */
export const catalogue: Script[] = [
  createHelp(() => catalogue),
  minutes,
  tenFiles,
  longReport,
  noOutput,
  emptyOutput,
  bigOutput,
  manyQuestions,
  mcpError,
  unknownEvent,
  pings,
  findUser,
  readThread,
  postMessage,
  unknownTool,
  badInput,
  bigInput,
  secrets,
  atOnce,
  edit,
  form,
  yesOrNo,
  question,
  approval,
  csv,
  investigation,
  slow,
  long,
  bigTables,
  markdown,
  retrying,
  exhausted,
  refusal,
  crash,
  reschedule,
  budget,
  child,
  files,
  plain,
];
