import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Traffic as Exchange } from './contract.ts';
import { Icon } from './icons.tsx';
import type { TrafficStore } from './traffic-store.ts';

interface TrafficProps {
  store: TrafficStore;
  close: () => void;
}

const servers = [
  ['all', 'Both'],
  ['slack', 'Slack'],
  ['agents', 'Agents'],
] as const;

/** Every exchange with the two local servers, the newest last. */
export function Traffic({ store, close }: TrafficProps): VNode {
  const [server, setServer] = useState<'all' | Exchange['server']>('all');
  const [paused, setPaused] = useState(false);
  const [selected, setSelected] = useState<Exchange>();
  const entries = useEntries(store, paused).filter((entry) => server === 'all' || entry.server === server);
  return (
    <section class="traffic" aria-label="Traffic">
      <header class="traffic-head">
        <h2>Traffic</h2>
        <fieldset class="segments">
          <legend class="hidden">Server</legend>
          {servers.map(([value, label]) => (
            <label key={value}>
              <input type="radio" name="server" checked={server === value} onChange={() => setServer(value)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <span class="traffic-space" />
        <button type="button" class="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            store.clear();
            setSelected(undefined);
          }}
        >
          Clear
        </button>
        <button type="button" class="icon-button" aria-label="Close traffic" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="traffic-panes">
        <Rows entries={entries} selected={selected} select={setSelected} />
        <pre class="traffic-body">{selected ? bodyText(selected) : 'Choose a line to see what was sent.'}</pre>
      </div>
    </section>
  );
}

/** The store's entries, read at most once per frame however fast they come. */
function useEntries(store: TrafficStore, paused: boolean): Exchange[] {
  const [entries, setEntries] = useState(store.entries);
  useEffect(() => {
    if (paused) return;
    let frame = 0;
    const read = () => {
      frame = 0;
      setEntries(store.entries());
    };
    read();
    const stop = store.listen(() => {
      frame ||= requestAnimationFrame(read);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [store, paused]);
  return entries;
}

interface RowsProps {
  entries: Exchange[];
  selected: Exchange | undefined;
  select: (entry: Exchange) => void;
}

function Rows({ entries, selected, select }: RowsProps): VNode {
  const list = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  useEffect(() => {
    if (pinned.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  });
  return (
    <div
      class="traffic-rows"
      ref={list}
      onScroll={({ currentTarget: box }) => {
        pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
      }}
    >
      {entries.length === 0 && <p class="traffic-empty">Nothing yet.</p>}
      {entries.map((entry) => (
        <button
          type="button"
          key={entry.id}
          class="traffic-row"
          aria-pressed={entry.id === selected?.id}
          onClick={() => select(entry)}
        >
          <time>{timeOf(entry.at)}</time>
          <span class={`server server-${entry.server}`}>{entry.server}</span>
          <span class="direction" title={entry.direction === 'in' ? 'to the server' : 'from the server'}>
            {entry.direction === 'in' ? '→' : '←'}
          </span>
          <span class="traffic-name">{entry.name}</span>
          {entry.status !== undefined && (
            <span class={entry.status >= 400 ? 'status status-bad' : 'status'}>{entry.status}</span>
          )}
        </button>
      ))}
    </div>
  );
}

function timeOf(at: number): string {
  const date = new Date(at);
  return `${date.toLocaleTimeString(undefined, { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function bodyText({ body }: Exchange): string {
  if (body === undefined) return 'No body.';
  return typeof body === 'string' ? body : JSON.stringify(body, null, 2);
}
