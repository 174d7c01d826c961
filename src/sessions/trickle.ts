/**
 * Lets one through in each round of the event loop, in order. Beginning to work with a session is most of what a message
 * costs this process. When hundreds come at once, all that is short gets done in between, such as taking in the others
 * and showing that they were seen; when nothing else is to be done, a round takes no time.
 */
export function createTrickle(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const letOne = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(letOne);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(letOne);
    });
}
