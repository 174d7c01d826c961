import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { AppProps } from './app-props.ts';
import { Channel } from './channel.tsx';
import type { PlaygroundState } from './contract.ts';
import { createDirectory } from './directory.ts';
import { Modal } from './modal.tsx';
import type { Place } from './place.ts';
import type { Route } from './route.ts';
import { Sidebar } from './sidebar.tsx';
import { conversationsOf } from './state.ts';
import { Thread } from './thread.tsx';
import { Traffic } from './traffic.tsx';
import { useEscape } from './use-escape.ts';
import { useNoStrayDrops } from './use-no-stray-drops.ts';
import { usePaneActions } from './use-pane-actions.ts';
import { useReadMarks } from './use-read-marks.ts';

interface WorkspaceProps extends AppProps {
  state: PlaygroundState;
  online: boolean;
  place: Place;
  go: (route: Route) => void;
}

/** The whole page as one person sees it. */
export function Workspace({ api, traffic, memory, now, state, online, place, go }: WorkspaceProps): VNode {
  const { person, channel, thread } = place;
  const [problem, setProblem] = useState<string>();
  const [sidebar, setSidebar] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const [welcomed, setWelcomed] = useState(memory.welcomed);

  const names = state.channels.map(({ id, name }) => `${id} ${name}`).join();
  // Who is who does not change with every message, and whatever is drawn with it is drawn anew when it does.
  const directory = useMemo(
    () => createDirectory(state, person),
    [state.users, state.groups, state.bot, names, person],
  );
  const { channels, directs } = conversationsOf(state, person);
  const unread = useReadMarks({ person, channels: state.channels, open: channel, memory });

  const openChannel = (id: string) => {
    setSidebar(false);
    go({ person, channel: id });
  };
  const openThread = (ts: string) => channel && go({ person, channel: channel.id, thread: ts });
  const closeThread = () => channel && go({ person, channel: channel.id });
  const actions = usePaneActions({ api, place, fail: (error) => setProblem(sentence(error)), openThread, directory });
  const openTraffic = () => {
    setDrawer(!drawer);
    setSidebar(false);
    if (!drawer) api.traffic().then(traffic.load, actions.fail);
  };

  useNoStrayDrops();
  useEscape([
    { open: drawer, within: '.traffic', close: () => setDrawer(false) },
    { open: sidebar, close: () => setSidebar(false) },
    { open: thread !== undefined, within: '.thread', close: closeThread },
    { open: drawer, close: () => setDrawer(false) },
    { open: thread !== undefined, close: closeThread },
  ]);
  const view = state.views.findLast(({ user }) => user === person);
  useEffect(() => {
    if (sidebar) document.querySelector<HTMLElement>('.sidebar-item[aria-current]')?.focus();
  }, [sidebar]);
  const pane = channel && { channel, directory, actions, memory, now };

  return (
    <div class={`page${sidebar ? ' page-sidebar' : ''}${thread ? ' page-thread' : ''}`}>
      <Sidebar
        teamName={state.team.name}
        directory={directory}
        channels={channels}
        directs={directs}
        selected={channel?.id}
        unread={unread}
        open={({ id }) => openChannel(id)}
        actAs={(id) => go({ person: id, ...(channel ? { channel: channel.id } : {}), ...(thread ? { thread } : {}) })}
        traffic={{ shown: drawer, toggle: openTraffic }}
      />
      {sidebar && (
        <button type="button" class="sidebar-cover" aria-label="Hide conversations" onClick={() => setSidebar(false)} />
      )}
      <div class="work">
        <div class="panes">
          {pane && (
            <Channel
              {...pane}
              agent={state.agent}
              welcome={{
                shown: !welcomed,
                dismiss: () => {
                  memory.keepWelcomed();
                  setWelcomed(true);
                },
              }}
              openThread={openThread}
              openSidebar={() => setSidebar(true)}
            />
          )}
          {pane && thread && <Thread {...pane} rootTs={thread} close={closeThread} />}
        </div>
        {drawer && <Traffic store={traffic} close={() => setDrawer(false)} />}
      </div>
      {view && (
        <Modal
          key={view.id}
          view={view}
          directory={directory}
          submit={(values) => api.submit({ user: person, view_id: view.id, values })}
          act={(action) => api.act({ user: person, channel: '', message_ts: '', view_id: view.id, ...action })}
          close={() => void api.submit({ user: person, view_id: view.id, values: {}, close: true }).catch(actions.fail)}
        />
      )}
      <Notice problem={problem} online={online} dismiss={() => setProblem(undefined)} />
    </div>
  );
}

interface NoticeProps {
  problem: string | undefined;
  online: boolean;
  dismiss: () => void;
}

/** What went wrong with what the person just did, or that the server is away. */
function Notice({ problem, online, dismiss }: NoticeProps): VNode {
  useEffect(() => {
    if (!problem) return;
    addEventListener('keydown', dismiss, { once: true });
    return () => removeEventListener('keydown', dismiss);
  }, [problem, dismiss]);
  const words = online ? problem : 'Lost the playground server; trying again…';
  return (
    <div class="notices" role="alert">
      {words && (
        <div class="notice">
          {words}
          {online && (
            <button type="button" class="icon-button" aria-label="Dismiss" onClick={dismiss}>
              ✕
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong on this page; reload it.';
}
