import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** How far from the end, in pixels, still counts as being at the end. */
const SLACK_PX = 48;

/**
 * Keeps a scrolled log at its end while it grows, but only if the reader was there; who scrolled up to read stays put.
 * `key` names what is shown and the reader's own last message: with another one it goes to the end.
 */
export function usePinnedScroll(key: string) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const toEnd = () => {
    pinned.current = true;
    setAway(false);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  useLayoutEffect(toEnd, [key]);

  useEffect(() => {
    const box = scroller.current;
    if (!box || !content.current) return;
    const follow = () => {
      if (!pinned.current) return;
      box.scrollTop = box.scrollHeight;
      lastTop.current = box.scrollTop;
    };
    // Both: the content grows with text and pictures, the box shrinks when the composer grows.
    const observer = new ResizeObserver(follow);
    observer.observe(box);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < SLACK_PX;
    // Text may have grown since our own scroll that this event reports; only a reader moves up.
    const movedUp = box.scrollTop < lastTop.current;
    lastTop.current = box.scrollTop;
    if (atEnd || movedUp) pinned.current = atEnd;
    setAway(!pinned.current);
  };

  return { scroller, content, onScroll, away, toEnd };
}
