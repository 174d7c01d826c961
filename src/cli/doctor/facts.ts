import type { Verified } from '../../gate/audit/chain.ts';
import type { Policy } from '../../gate/policy/policy.ts';
import type { AgentsExamined } from '../../sessions/examine/examine.ts';
import type { Change } from '../../sessions/provisioning/step.ts';
import type { SlackExamined } from '../../slack/examine/examine.ts';
import type { FolderExamined } from '../../store/examine/examine.ts';

/** What is known of a set-up: gathered once, before any check. */
export interface Facts {
  node: { version: string; needed: string };
  /** Null: there is none. `mode`: its permissions, as `stat` gives them. */
  envFile: { path: string; mode: number } | null;
  /** What is wrong with the settings, as the start would say it. */
  settings: readonly string[];
  folder: FolderExamined & {
    path: string;
    /** Null: there is none yet. `refused`: it cannot be read. */
    audit: Verified | { refused: string } | null;
    /** Bytes that the files of one message may take; null: the settings cannot be read. */
    filesTotal: number | null;
  };
  /** How Slack's deliveries come. */
  transport: 'socket' | 'http';
  slack: SlackExamined;
  /** Null: the settings do not say whom to ask. */
  agents: AgentsExamined | null;
  /** What bridge.yaml declares, and what would be done for it to be so; null: it cannot be said. */
  declared: readonly Change[] | null;
  /** Why the routes cannot hold; null: they can, or nobody could be asked. */
  routeProblem: string | null;
  /** The custom tools that there is code for; null: they cannot be loaded, and `refused` says why. */
  tools: { names: string[]; own: string[]; refused: null } | { names: null; refused: string };
  /** Null: the settings cannot be read. */
  policy: Policy | null;
  /** What only Slack or the tools could find wrong with it, with its places in the file. */
  policyFindings: readonly string[];
}
