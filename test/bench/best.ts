/**
 * How long the buckets alone make things wait: a bound below which no scheduler can come, however much it knows of what
 * is to come.
 *
 * What counts is what has to be written, and nothing else. An answer and a question are messages of their own, as an
 * edit notifies nobody, so each takes one post in its channel, and one more for every further part of a long answer.
 * They are served in the order in which they came, out of a bucket that was full at the beginning and that nothing else
 * has taken from: whatever else a bot writes can only make them later. A first sight is reckoned as if first sights were
 * all that is posted. A delta is bound by nothing: which of them waits for an edit is a scheduler's choice. In a direct
 * message a stream shows all of it without a post, so there nothing waits.
 *
 * That a request takes its time, and a text has to be ready, is no scheduler's fault: what the same bot takes when
 * nothing is limited is added to the bound before anything is compared with it.
 */
export interface Bucket {
  capacity: number;
  perSecond: number;
}

export interface Need {
  /** When it could have been written first, in ms. */
  at: number;
  /** How many writes it takes. */
  writes: number;
}

/** How long each need waits for its last write at least, in ms; in the order given, which is that of their times. */
export function waits(needs: readonly Need[], { capacity, perSecond }: Bucket): number[] {
  let tokens = capacity;
  let now = needs[0]?.at ?? 0;
  const pass = (ms: number) => {
    tokens = Math.min(capacity, tokens + (ms * perSecond) / 1_000);
    now += ms;
  };
  return needs.map(({ at, writes }) => {
    if (at > now) pass(at - now);
    for (let write = 0; write < writes; write += 1) {
      if (tokens < 1) pass(((1 - tokens) * 1_000) / perSecond);
      tokens -= 1;
    }
    return now - at;
  });
}
