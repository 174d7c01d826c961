/** What Slack lets through: so many calls at once, and then so many a second. */
export interface Limit {
  capacity: number;
  perSecond: number;
}

/** Calls a minute of one method in one workspace, by Slack's tiers. */
const PER_MINUTE = { 2: 20, 3: 50, 4: 100 } as const;
type Tier = keyof typeof PER_MINUTE;

const TIERS: Readonly<Record<string, Tier>> = {
  'agents.sessions.setStatus': 3,
  'chat.appendStream': 4,
  'chat.delete': 3,
  'chat.postEphemeral': 4,
  'chat.startStream': 2,
  'chat.stopStream': 2,
  'chat.update': 3,
  'files.completeUploadExternal': 4,
  'files.getUploadURLExternal': 4,
  'reactions.add': 3,
  'reactions.remove': 2,
};
const USUAL: Tier = 3;

/** In each channel about one a second, and short bursts. */
export const POSTS: Limit = { capacity: 3, perSecond: 1 };

export function limitOf(method: string): Limit {
  if (method === 'chat.postMessage') return POSTS;
  const perMinute = PER_MINUTE[TIERS[method] ?? USUAL];
  return { capacity: perMinute, perSecond: perMinute / 60 };
}
