/** More, and what is short waits; fewer, and with a slow disk the last of hundreds waits for seconds. */
const AT_ONCE = 4;

/**
 * Lets a few through in each round of the event loop, in order. Beginning to work with a session is most of what a
 * message costs this process. When hundreds come at once, all that is short gets done in between, such as taking in the
 * others and showing that they were seen; when nothing else is to be done, a round takes no time.
 */
export function createTrickle(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const letSome = () => {
    for (const go of waiting.splice(0, AT_ONCE)) go();
    if (waiting.length > 0) setImmediate(letSome);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(letSome);
    });
}
