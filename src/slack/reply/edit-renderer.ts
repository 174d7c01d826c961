import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { Growth } from '../../thread/ports.ts';
import type { View } from '../../thread/view.ts';
import { postOnce } from './post-once.ts';
import { refusalOf } from './refusal.ts';
import { lastEdits, type Rows } from './rows.ts';
import { editPriority, isWorking, joinSheets, postPriority, projectSheets, type Sheet } from './sheets.ts';
import { rememberSplits } from './split-markdown.ts';
import type { ThreadWrites, Urgency } from './thread-writes.ts';
import { editSheet, postFinal } from './write-sheet.ts';

/** Brings what stands in Slack nearer to the newest view; called again until it has nothing left to do. */
export interface Renderer {
  pass(options: PassOptions): Promise<PassResult>;
}

export interface PassOptions {
  /** The newest view, at any moment of the pass. */
  view: () => View;
  /** The process goes down: what stands must look finished, though the turn is not. */
  pausing: boolean;
}

export interface PassResult {
  /** The view stands in Slack. */
  done: boolean;
  /** All that people are notified of stands; what is left are changes. */
  isPosted?: boolean;
  /** When the clock shows this, another pass has something to do. */
  againAt?: number;
  /** What goes on is in a write that is under way: it takes the newest when its turn comes, or another pass follows it. */
  inHand?: Growth;
}

export interface RendererDeps {
  writes: ThreadWrites;
  rows: Rows;
  clock: Clock;
  log: Logger;
  /** When this process began to write, in ms since the epoch. */
  startedAt: number;
  /** Something that went on beside the passes has ended: time for another. */
  ring: () => void;
  /** Aborted when nothing more may be written. */
  signal: AbortSignal;
}

const EDIT_EVERY_MS = 1_000;
/** How soon people see that steps went on, when nothing new is said. */
const STEPS_EVERY_MS = 3_000;
const TRIES = 4;
/** Below what Slack takes in one message. */
const MAX_JOINED_BLOCKS = 45;
const MAX_JOINED_CHARS = 11_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Shows a view as ordinary messages. Texts and notices are posted in order and for good; live sheets are edited beside
 * them, at most one write per message at a time, each rendering the newest view when its turn has come. What a live
 * sheet shows for now stays until it stands below: nothing blinks.
 */
export function createEditRenderer(deps: RendererDeps): Renderer {
  const { writes, rows, clock, log, ring, signal } = deps;
  const { posts } = rows.data;
  const split = rememberSplits();
  let wanted = new Map<string, Sheet>();
  /** What `wanted` was made for. */
  let projected: (PassOptions & { shown: View }) | null = null;
  const wantedSince = new Map<string, number>();
  const editedAt = lastEdits(rows.data, deps);
  const said = new Map<string, string | undefined>();
  const busy = new Map<string, LivePost>();
  const failures = new Map<string, number>();
  const refused = new Map<string, string>();

  const project = ({ view, pausing }: PassOptions) => {
    const now = view();
    const live = !pausing && rows.data.fellBack !== 'stopped';
    const sheets = projectSheets(now, { rows: rows.data, live, split });
    wanted = new Map(sheets.map((sheet) => [sheet.key, sheet]));
    projected = { view, pausing, shown: now };
    for (const { key } of sheets) if (!wantedSince.has(key)) wantedSince.set(key, clock.now());
    return sheets;
  };

  /** What a write shows when its turn has come. */
  const newest = (key: string) => {
    if (projected && projected.view() !== projected.shown) project(projected);
    return wanted.get(key);
  };

  const saysTheSame = ({ key, work }: Sheet) => said.get(key) === work?.said;

  const inHandOf = (sheets: readonly Sheet[]): Growth | undefined => {
    const growing = sheets.find(({ active }) => active);
    if (!growing || !busy.has(growing.key)) return undefined;
    return saysTheSame(growing) ? 'steps' : 'words';
  };

  const isSeen = () => Object.values(posts).some(({ ts }) => ts !== null);

  /** Runs beside the passes: one per message. A failure of progress never reaches the texts. */
  const beside = (key: string, work: (post: LivePost) => Promise<unknown>) => {
    const post: LivePost = {
      urgency: () => (isSeen() ? 'progress' : 'first-sight'),
      onWire: false,
      ended: Promise.resolve(),
    };
    post.ended = work(post)
      .then(
        () => void failures.delete(key),
        (error: unknown) => giveUpOrRetry(key, error),
      )
      .finally(() => {
        if (busy.get(key) === post) busy.delete(key);
        ring();
      });
    busy.set(key, post);
  };

  const giveUpOrRetry = async (key: string, error: unknown) => {
    const reason = refusalOf(error);
    const failed = (failures.get(key) ?? 0) + 1;
    failures.set(key, failed);
    const owed = owedIn(wanted.get(key));
    editedAt.set(key, clock.now() + (owed.length > 0 ? Math.min(2 ** failed * 100, LONGEST_RETRY_MS) : 0));
    if (reason === null && (failed < TRIES || owed.length > 0)) return;
    failures.delete(key);
    refused.set(key, wanted.get(key)?.digest ?? '');
    // Somebody deleted the message: they did not want it.
    if (reason !== 'message_not_found') log.warn({ key, reason, code: codeOf(error) }, 'live message not updated');
    if (owed.length === 0) return;
    rows.data.own.push(...owed);
    await rows.save();
  };

  /** Texts that stand nowhere when this sheet cannot be shown. */
  const owedIn = (sheet: Sheet | undefined) => {
    const shown = new Set(posts[sheet?.key ?? '']?.texts);
    return (sheet?.work?.texts ?? []).filter((id) => !shown.has(id));
  };

  /** The sheet stands as it was given. */
  const stands = async ({ key, digest, work }: Sheet, ts: SlackTs) => {
    editedAt.set(key, clock.now());
    said.set(key, work?.said);
    posts[key] = { ts, digest, editedAt: clock.now(), ...(work && { texts: work.texts }) };
    await rows.save();
  };

  const postLive = (sheet: Sheet) =>
    beside(sheet.key, async (post) => {
      let sent = sheet;
      const ts = await postOnce(deps, {
        key: sheet.key,
        urgency: () => {
          // Whoever is asked waits, though Slack may have refused it before.
          post.onWire = false;
          return wanted.has(sheet.key) ? post.urgency() : null;
        },
        digest: sheet.digest,
        signal,
        render: () => {
          const content = newest(sheet.key);
          post.onWire = content !== undefined;
          sent = content ?? sent;
          return content ?? null;
        },
      });
      if (!ts) return;
      editedAt.set(sheet.key, clock.now());
      said.set(sheet.key, sent.work?.said);
    });

  const update = (sheet: Sheet, ts: SlackTs) =>
    beside(sheet.key, async () => {
      const render = () => (signal.aborted ? null : (newest(sheet.key) ?? null));
      // Asked again and again, so what the last pass saw must do: whatever makes it more urgent is followed by a pass.
      const urgency = () => {
        const known = signal.aborted ? null : wanted.get(sheet.key);
        if (!known || known.digest === posts[sheet.key]?.digest) return null;
        return editPriority(known, { isSaid: saysTheSame(known) });
      };
      const sent = await editSheet(writes, { ts, render, urgency });
      if (sent) await stands(sent, ts);
    });

  const remove = (key: string, known: SlackTs | null) =>
    beside(key, async () => {
      if (signal.aborted) return;
      // A dead process may have posted it without learning where.
      const ts = known ?? (await writes.findPost(key));
      if (ts) await removeQuietly(writes, ts);
      delete posts[key];
      editedAt.delete(key);
      await rows.save();
    });

  /** Posts for good. A live post of an earlier sheet that is on the wire goes first; one that still queues does not. */
  const postForGood = async (sheet: Sheet, { view, pausing }: PassOptions) => {
    for (const post of busy.values()) if (post.onWire) await post.ended;
    const urgency = () => (pausing ? 'final' : postPriority(sheet, view().phase));
    const own = busy.get(sheet.key);
    if (own) {
      own.urgency = urgency;
      writes.rouse();
      await own.ended;
    }
    if (!posts[sheet.key]?.ts) await postFinal(deps, sheet, urgency);
  };

  /** One post in place of two, where posts are scarce and nobody has seen anything of the upper one. */
  const joinBelow = async (sheet: Sheet, below: Sheet | undefined, { view }: PassOptions): Promise<boolean> => {
    const isFree = (key: string) => posts[key] === undefined || busy.get(key)?.onWire === false;
    const areTheyFree = sheet.kind === 'live' && below?.kind === 'text' && isFree(sheet.key) && !posts[below.key];
    if (!below || !areTheyFree || isWorking(view().phase) || !writes.isShort() || !fitTogether(sheet, below))
      return false;
    const own = busy.get(sheet.key);
    if (own) {
      own.urgency = () => null;
      writes.rouse();
      await own.ended;
      if (posts[sheet.key]) return false;
    }
    rows.data.joined[sheet.key] = below.key;
    await rows.save();
    return true;
  };

  /** Nothing more can be posted here: what stands must not look as if somebody were still at work. */
  const leave = async (view: View) => {
    for (const sheet of projectSheets(view, { rows: rows.data, live: false, split })) {
      const ts = posts[sheet.key]?.ts;
      if (!ts || sheet.kind !== 'live') continue;
      // The reason why nothing can be posted may hold for this as well, and is on its way to the caller.
      await writes
        .update(
          ts,
          () => sheet,
          () => 'ack',
        )
        .catch(() => {});
    }
  };

  return {
    async pass(options) {
      const shown = options.view();
      const sheets = project(options);
      let againAt: number | undefined;
      let isBehind = false;
      const lookAgainAt = (at: number) => {
        againAt = Math.min(againAt ?? at, at);
      };
      const bringUpToDate = (sheet: Sheet, ts: SlackTs) => {
        if (posts[sheet.key]?.digest === sheet.digest || refused.get(sheet.key) === sheet.digest) return;
        const everyMs = sheet.active && saysTheSame(sheet) ? STEPS_EVERY_MS : EDIT_EVERY_MS;
        const dueAt = (editedAt.get(sheet.key) ?? 0) + everyMs;
        if (busy.has(sheet.key)) isBehind = true;
        else if (dueAt > clock.now()) lookAgainAt(dueAt);
        else update(sheet, ts);
      };
      const settling: Sheet[] = [];
      for (const [index, sheet] of sheets.entries()) {
        const row = posts[sheet.key];
        if (!row?.ts) {
          if (refused.has(sheet.key)) continue;
          const dueAt = (wantedSince.get(sheet.key) ?? 0) + (options.pausing ? 0 : sheet.holdMs);
          if (dueAt > clock.now()) {
            lookAgainAt(dueAt);
            // The preview of a text stays until the text stands: what was seen must not blink.
            if (sheet.kind === 'text') return { done: false, againAt: dueAt };
            break;
          }
          if (!sheet.active) {
            const below = sheets[index + 1];
            if (await joinBelow(sheet, below, options)) return { done: false, againAt: clock.now() };
            await postForGood(sheet, options).catch(async (error: unknown) => {
              await leave(options.view());
              throw error;
            });
            // A post may have waited long for its turn, and what changed meanwhile above it must not wait for the next.
            if (options.view() !== shown) return { done: false, againAt: clock.now() };
            // Its first words were not yet all of them.
            if (posts[sheet.key]?.digest !== sheet.digest) lookAgainAt(clock.now());
          } else if (!busy.has(sheet.key)) postLive(sheet);
        } else if (sheet.kind === 'live' && !sheet.active) settling.push(sheet);
        else bringUpToDate(sheet, row.ts);
      }
      for (const sheet of settling) bringUpToDate(sheet, posts[sheet.key]?.ts as SlackTs);
      for (const [key, { ts }] of Object.entries(posts)) {
        if (!wanted.has(key) && !busy.has(key) && !refused.has(key)) remove(key, ts);
      }
      // A write that was under way when we came to its sheet may have ended since: the next pass looks again.
      const done = busy.size === 0 && !isBehind && againAt === undefined;
      const isPosted = sheets.every(({ key }) => posts[key]?.ts || refused.has(key));
      const inHand = inHandOf(sheets);
      return { done, isPosted, ...(againAt === undefined ? {} : { againAt }), ...(inHand && { inHand }) };
    },
  };
}

interface LivePost {
  /** How urgent it is, which may change while it waits. */
  urgency: Urgency;
  onWire: boolean;
  ended: Promise<unknown>;
}

/** Deletes a message of ours; that it is gone already is as good. */
export async function removeQuietly(writes: ThreadWrites, ts: Parameters<ThreadWrites['remove']>[0]): Promise<void> {
  try {
    await writes.remove(ts);
  } catch (error) {
    if (refusalOf(error) !== 'message_not_found') throw error;
  }
}

function fitTogether(above: Sheet, below: Sheet): boolean {
  const { blocks } = joinSheets(above, below);
  return blocks.length <= MAX_JOINED_BLOCKS && JSON.stringify(blocks).length <= MAX_JOINED_CHARS;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
