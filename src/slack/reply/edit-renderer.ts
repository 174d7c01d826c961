import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { SlackTs } from '../../thread/ids.ts';
import type { Growth } from '../../thread/ports.ts';
import type { View } from '../../thread/view.ts';
import { postOnce } from './post-once.ts';
import { refusalOf } from './refusal.ts';
import { lastEdit, type RowData, type Rows } from './rows.ts';
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
  return new EditRenderer(deps);
}

/** A write of a message that is under way beside the passes. */
interface Writing {
  /** How urgent it is, which may change while it waits. */
  urgency: Urgency;
  onWire: boolean;
  ended: Promise<unknown>;
}

/** What we know of a message, besides its row. */
interface Known {
  /** In ms since the epoch, as `editedAt`. */
  wantedSince: number;
  editedAt: number;
  /** What its words were when it was written last. */
  said: string | undefined;
  writing: Writing | null;
  /** How often it has failed in a row. */
  failures: number;
  /** The digest of what Slack has refused for good. */
  refused: string | null;
}

/** What should stand, and what that was made for. */
interface Projection extends PassOptions {
  shown: View;
  sheets: readonly Sheet[];
}

class EditRenderer implements Renderer {
  readonly #deps: RendererDeps;
  readonly #split = rememberSplits();
  readonly #known = new Map<string, Known>();
  /** Null between passes, while nothing is under way: what was shown need not be kept to be shown anew. */
  #projection: Projection | null = null;

  constructor(deps: RendererDeps) {
    this.#deps = deps;
  }

  async pass(options: PassOptions): Promise<PassResult> {
    const { clock } = this.#deps;
    const posts = this.#posts();
    const shown = options.view();
    const sheets = this.#project(options);
    let againAt: number | undefined;
    let isBehind = false;
    const lookAgainAt = (at: number) => {
      againAt = Math.min(againAt ?? at, at);
    };
    const bringUpToDate = (sheet: Sheet, ts: SlackTs) => {
      const known = this.#of(sheet.key);
      if (posts[sheet.key]?.digest === sheet.digest || known.refused === sheet.digest) return;
      const everyMs = sheet.active && saysTheSame(known, sheet) ? STEPS_EVERY_MS : EDIT_EVERY_MS;
      const dueAt = known.editedAt + everyMs;
      if (known.writing) isBehind = true;
      else if (dueAt > clock.now()) lookAgainAt(dueAt);
      else this.#update(sheet.key, ts);
    };
    const settling: Sheet[] = [];
    for (const [index, sheet] of sheets.entries()) {
      const row = posts[sheet.key];
      if (!row?.ts) {
        const known = this.#of(sheet.key);
        if (known.refused !== null) continue;
        const dueAt = known.wantedSince + (options.pausing ? 0 : sheet.holdMs);
        if (dueAt > clock.now()) {
          lookAgainAt(dueAt);
          // The preview of a text stays until the text stands: what was seen must not blink.
          if (sheet.kind === 'text') return this.#passed({ done: false, againAt: dueAt });
          break;
        }
        if (!sheet.active) {
          const below = sheets[index + 1];
          if (await this.#joinBelow(sheet, below, options)) return this.#passed({ done: false, againAt: clock.now() });
          await this.#postForGood(sheet, options).catch(async (error: unknown) => {
            await this.#leave(options.view());
            throw error;
          });
          // A post may have waited long for its turn, and what changed meanwhile above it must not wait for the next.
          if (options.view() !== shown) return this.#passed({ done: false, againAt: clock.now() });
          // Its first words were not yet all of them.
          if (posts[sheet.key]?.digest !== sheet.digest) lookAgainAt(clock.now());
        } else if (!known.writing) this.#postLive(sheet);
      } else if (sheet.kind === 'live' && !sheet.active) settling.push(sheet);
      else bringUpToDate(sheet, row.ts);
    }
    for (const sheet of settling) bringUpToDate(sheet, posts[sheet.key]?.ts as SlackTs);
    for (const [key, { ts }] of Object.entries(posts)) {
      if (this.#wanted(key)) continue;
      const known = this.#of(key);
      if (!known.writing && known.refused === null) this.#remove(key, ts);
    }
    // A write that was under way when we came to its sheet may have ended since: the next pass looks again.
    const done = !this.#isWriting() && !isBehind && againAt === undefined;
    const isPosted = sheets.every(({ key }) => posts[key]?.ts || this.#of(key).refused !== null);
    const inHand = this.#inHandOf(sheets);
    return this.#passed({ done, isPosted, ...(againAt === undefined ? {} : { againAt }), ...(inHand && { inHand }) });
  }

  #passed(result: PassResult): PassResult {
    if (!this.#isWriting()) this.#projection = null;
    return result;
  }

  #posts(): RowData['posts'] {
    return this.#deps.rows.data.posts;
  }

  #of(key: string): Known {
    const before = this.#known.get(key);
    if (before) return before;
    const row = this.#posts()[key];
    const known: Known = {
      wantedSince: this.#deps.clock.now(),
      editedAt: row ? lastEdit(row, this.#deps) : 0,
      said: undefined,
      writing: null,
      failures: 0,
      refused: null,
    };
    this.#known.set(key, known);
    return known;
  }

  #project({ view, pausing }: PassOptions): readonly Sheet[] {
    const { data } = this.#deps.rows;
    const shown = view();
    const live = !pausing && data.fellBack !== 'stopped';
    const sheets = projectSheets(shown, { rows: data, live, split: this.#split });
    this.#projection = { view, pausing, shown, sheets };
    for (const { key } of sheets) this.#of(key);
    return sheets;
  }

  #wanted(key: string): Sheet | undefined {
    return this.#projection?.sheets.find((sheet) => sheet.key === key);
  }

  /** What a write shows when its turn has come. */
  #newest(key: string): Sheet | undefined {
    const before = this.#projection;
    if (before && before.view() !== before.shown) this.#project(before);
    return this.#wanted(key);
  }

  #isWriting(): boolean {
    for (const { writing } of this.#known.values()) if (writing) return true;
    return false;
  }

  #inHandOf(sheets: readonly Sheet[]): Growth | undefined {
    const growing = sheets.find(({ active }) => active);
    if (!growing || !this.#of(growing.key).writing) return undefined;
    return saysTheSame(this.#of(growing.key), growing) ? 'steps' : 'words';
  }

  #isSeen(): boolean {
    return Object.values(this.#posts()).some(({ ts }) => ts !== null);
  }

  /** Runs beside the passes: one per message. A failure of progress never reaches the texts. */
  #beside(key: string, work: (writing: Writing) => Promise<unknown>): void {
    const known = this.#of(key);
    const writing: Writing = {
      urgency: () => (this.#isSeen() ? 'progress' : 'first-sight'),
      onWire: false,
      ended: Promise.resolve(),
    };
    known.writing = writing;
    const run = async () => {
      try {
        await work(writing);
        known.failures = 0;
      } catch (error) {
        await this.#giveUpOrRetry(key, error);
      } finally {
        if (known.writing === writing) known.writing = null;
        this.#deps.ring();
      }
    };
    writing.ended = run();
  }

  async #giveUpOrRetry(key: string, error: unknown): Promise<void> {
    const { clock, log, rows } = this.#deps;
    const known = this.#of(key);
    const reason = refusalOf(error);
    known.failures += 1;
    const owed = this.#owedIn(this.#wanted(key));
    known.editedAt = clock.now() + (owed.length > 0 ? Math.min(2 ** known.failures * 100, LONGEST_RETRY_MS) : 0);
    if (reason === null && (known.failures < TRIES || owed.length > 0)) return;
    known.failures = 0;
    known.refused = this.#wanted(key)?.digest ?? '';
    // Somebody deleted the message: they did not want it.
    if (reason !== 'message_not_found') log.warn({ key, reason, code: codeOf(error) }, 'live message not updated');
    if (owed.length === 0) return;
    rows.data.own.push(...owed);
    await rows.save();
  }

  /** Texts that stand nowhere when this sheet cannot be shown. */
  #owedIn(sheet: Sheet | undefined): string[] {
    const shown = new Set(this.#posts()[sheet?.key ?? '']?.texts);
    return (sheet?.work?.texts ?? []).filter((id) => !shown.has(id));
  }

  /** The sheet stands as it was given. */
  async #stands({ key, digest, work }: Sheet, ts: SlackTs): Promise<void> {
    const { clock, rows } = this.#deps;
    const known = this.#of(key);
    known.editedAt = clock.now();
    known.said = work?.said;
    this.#posts()[key] = { ts, digest, editedAt: clock.now(), ...(work && { texts: work.texts }) };
    await rows.save();
  }

  #postLive(sheet: Sheet): void {
    const { key, digest } = sheet;
    this.#beside(key, async (writing) => {
      let sent = sheet;
      const ts = await postOnce(this.#deps, {
        key,
        urgency: () => {
          // Whoever is asked waits, though Slack may have refused it before.
          writing.onWire = false;
          return this.#wanted(key) ? writing.urgency() : null;
        },
        digest,
        signal: this.#deps.signal,
        render: () => {
          const content = this.#newest(key);
          writing.onWire = content !== undefined;
          sent = content ?? sent;
          return content ?? null;
        },
      });
      if (!ts) return;
      const known = this.#of(key);
      known.editedAt = this.#deps.clock.now();
      known.said = sent.work?.said;
    });
  }

  #update(key: string, ts: SlackTs): void {
    const { signal, writes } = this.#deps;
    this.#beside(key, async () => {
      const render = () => (signal.aborted ? null : (this.#newest(key) ?? null));
      // Asked again and again, so what the last pass saw must do: whatever makes it more urgent is followed by a pass.
      const urgency = () => {
        const sheet = signal.aborted ? null : this.#wanted(key);
        if (!sheet || sheet.digest === this.#posts()[key]?.digest) return null;
        return editPriority(sheet, { isSaid: saysTheSame(this.#of(key), sheet) });
      };
      const sent = await editSheet(writes, { ts, render, urgency });
      if (sent) await this.#stands(sent, ts);
    });
  }

  #remove(key: string, known: SlackTs | null): void {
    const { signal, writes, rows } = this.#deps;
    this.#beside(key, async () => {
      if (signal.aborted) return;
      // A dead process may have posted it without learning where.
      const ts = known ?? (await writes.findPost(key));
      if (ts) await removeQuietly(writes, ts);
      delete this.#posts()[key];
      this.#of(key).editedAt = 0;
      await rows.save();
    });
  }

  /** Posts for good. A live post of an earlier sheet that is on the wire goes first; one that still queues does not. */
  async #postForGood(sheet: Sheet, { view, pausing }: PassOptions): Promise<void> {
    for (const { writing } of this.#known.values()) if (writing?.onWire) await writing.ended;
    const urgency = () => (pausing ? 'final' : postPriority(sheet, view().phase));
    const own = this.#of(sheet.key).writing;
    if (own) {
      own.urgency = urgency;
      this.#deps.writes.rouse();
      await own.ended;
    }
    if (!this.#posts()[sheet.key]?.ts) await postFinal(this.#deps, sheet, urgency);
  }

  /** One post in place of two, where posts are scarce and nobody has seen anything of the upper one. */
  async #joinBelow(sheet: Sheet, below: Sheet | undefined, { view }: PassOptions): Promise<boolean> {
    const { writes, rows } = this.#deps;
    const posts = this.#posts();
    const own = this.#of(sheet.key).writing;
    const isFree = posts[sheet.key] === undefined || own?.onWire === false;
    const areTheyFree = isFree && sheet.kind === 'live' && below?.kind === 'text' && !posts[below.key];
    if (!below || !areTheyFree || isWorking(view().phase) || !writes.isShort() || !fitTogether(sheet, below))
      return false;
    if (own) {
      own.urgency = () => null;
      writes.rouse();
      await own.ended;
      if (posts[sheet.key]) return false;
    }
    rows.data.joined[sheet.key] = below.key;
    await rows.save();
    return true;
  }

  /** Nothing more can be posted here: what stands must not look as if somebody were still at work. */
  async #leave(view: View): Promise<void> {
    const { writes, rows } = this.#deps;
    for (const sheet of projectSheets(view, { rows: rows.data, live: false, split: this.#split })) {
      const ts = this.#posts()[sheet.key]?.ts;
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
  }
}

function saysTheSame({ said }: Known, { work }: Sheet): boolean {
  return said === work?.said;
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
