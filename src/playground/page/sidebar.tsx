import type { VNode } from 'preact';
import { Avatar } from './avatar.tsx';
import type { PlaygroundChannel } from './contract.ts';
import { conversationTitle } from './conversation-title.ts';
import type { Directory } from './directory.ts';
import { Icon, Mark } from './icons.tsx';

interface SidebarProps {
  teamName: string;
  directory: Directory;
  channels: PlaygroundChannel[];
  directs: PlaygroundChannel[];
  selected: string | undefined;
  unread: (channel: PlaygroundChannel) => boolean;
  open: (channel: PlaygroundChannel) => void;
  actAs: (person: string) => void;
  traffic: { shown: boolean; toggle: () => void };
}

/** The conversations of a person, and who that person is. */
export function Sidebar(props: SidebarProps): VNode {
  const { teamName, directory, channels, directs, actAs, traffic } = props;
  return (
    <nav class="sidebar" aria-label="Workspace" onKeyDown={moveFocus}>
      <div class="workspace-name">
        <span class="workspace-mark">
          <Mark />
        </span>
        <span>
          <strong>Drawbridge</strong>
          <small>{teamName} · on this machine</small>
        </span>
      </div>
      <div class="sidebar-scroll">
        <ConversationList {...props} title="Channels" conversations={channels} />
        <ConversationList {...props} title="Direct messages" conversations={directs} />
      </div>
      <button type="button" class="sidebar-item" aria-pressed={traffic.shown} onClick={traffic.toggle}>
        <Icon name="traffic" /> Traffic
      </button>
      <fieldset class="people">
        <legend>Acting as</legend>
        {directory.people.map((person) => (
          <label
            key={person.id}
            class={person.deleted ? 'person person-gone' : 'person'}
            title={person.deleted ? `${person.name} is deactivated` : `Act as ${person.name}`}
          >
            <input
              type="radio"
              name="person"
              checked={person.id === directory.me}
              disabled={person.deleted}
              onChange={() => actAs(person.id)}
            />
            <Avatar user={person.id} directory={directory} size="small" />
            <span>
              {person.name}
              {person.is_guest && !person.deleted && <small> guest</small>}
              {person.deleted && <small> left</small>}
            </span>
          </label>
        ))}
      </fieldset>
    </nav>
  );
}

interface ListProps extends SidebarProps {
  title: string;
  conversations: PlaygroundChannel[];
}

function ConversationList({ title, conversations, directory, selected, unread, open }: ListProps): VNode {
  return (
    <section aria-label={title}>
      <h2 class="sidebar-title">{title}</h2>
      <ul class="sidebar-list">
        {conversations.map((channel) => {
          const name = conversationTitle(channel, directory);
          const fresh = unread(channel);
          return (
            <li key={channel.id}>
              <button
                type="button"
                class={fresh ? 'sidebar-item sidebar-item-unread' : 'sidebar-item'}
                aria-label={name}
                aria-description={fresh ? 'unread' : undefined}
                aria-current={channel.id === selected ? 'page' : undefined}
                onClick={() => open(channel)}
              >
                <ConversationSign channel={channel} directory={directory} />
                <span class="sidebar-name">{name.replace(/^#/, '')}</span>
                {fresh && <span class="unread-dot" />}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ConversationSign({ channel, directory }: { channel: PlaygroundChannel; directory: Directory }): VNode {
  const other = channel.members.find((id) => id !== directory.me);
  if (channel.is_im && other) return <Avatar user={other} directory={directory} size="small" />;
  return <span class="sidebar-sign">{channel.is_mpim ? channel.members.length - 1 : '#'}</span>;
}

/** Up and Down walk through the conversations, as they do in a list. */
function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('.sidebar-item')];
  const at = document.activeElement instanceof HTMLElement ? items.indexOf(document.activeElement) : -1;
  if (step === 0 || at < 0) return;
  event.preventDefault();
  items[Math.min(Math.max(at + step, 0), items.length - 1)]?.focus();
}
