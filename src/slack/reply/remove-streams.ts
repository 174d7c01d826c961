import type { SlackTs } from '../../thread/ids.ts';
import { type RendererDeps, removeQuietly } from './edit-renderer.ts';
import { insist } from './insist.ts';
import { refusalOf } from './refusal.ts';

/** Closes and deletes what a dead process left open; it will be shown anew. */
export async function repairStreams(deps: RendererDeps): Promise<void> {
  const { rows } = deps;
  const left = Object.entries(rows.data.streams).filter(([, row]) => row.open);
  if (left.length === 0) return;
  for (const [, { ts }] of left) if (ts) await removeStream(deps, ts);
  await removeUnknownStreams(deps);
  for (const [key, row] of left) rows.data.streams[key] = { ...row, open: false };
  await rows.save();
}

/**
 * A start whose answer we never got: only the thread knows its ts. A person, or Slack after five minutes, may have ended
 * it since.
 */
export async function removeUnknownStreams(deps: RendererDeps): Promise<void> {
  const streams = Object.values(deps.rows.data.streams);
  const unknown = streams.filter(({ ts, open }) => ts === null && open);
  if (unknown.length === 0) return;
  const since = Math.min(...unknown.map(({ triedAt = Number.POSITIVE_INFINITY }) => triedAt));
  const found = await insist(deps, () => deps.writes.findOpenStreams(since));
  const known = new Set(streams.map(({ ts }) => ts));
  for (const ts of found ?? []) if (!known.has(ts)) await removeStream(deps, ts);
}

export async function removeStream(deps: RendererDeps, ts: SlackTs): Promise<void> {
  const { writes, log } = deps;
  try {
    await insist(deps, () => writes.stopStream(ts, { status: 'processing', key: 'abandoned' }));
  } catch (error) {
    // It is stopped or gone already: all that is asked.
    log.debug({ reason: refusalOf(error) }, 'stream was not open');
  }
  try {
    await insist(deps, () => removeQuietly(writes, ts));
  } catch (error) {
    log.warn({ ts, reason: refusalOf(error) }, 'stream not deleted');
  }
}
