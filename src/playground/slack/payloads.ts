import type { Message, StateValues } from './model.ts';
import type { OpenView, ViewStore } from './view-store.ts';
import type { Wire } from './wire.ts';
import type { Workspace } from './workspace.ts';

/** The interactive payloads as Slack sends them. */
export interface Payloads {
  blockActions(click: {
    user: string;
    trigger: string;
    action: Record<string, unknown>;
    source: Source;
    responseUrl?: string;
  }): Record<string, unknown>;
  viewSubmission(submit: {
    user: string;
    trigger: string;
    open: OpenView;
    values: StateValues;
  }): Record<string, unknown>;
  viewClosed(close: { user: string; open: OpenView; isCleared: boolean }): Record<string, unknown>;
}

export type Source = { message: Message; ephemeral: boolean } | { open: OpenView };

export function createPayloads(workspace: Workspace, { wire, views }: { wire: Wire; views: ViewStore }): Payloads {
  const { identity } = workspace;
  const common = (user: string) => {
    const known = workspace.users.get(user);
    const name = known?.name.toLowerCase() ?? user;
    return {
      team: { id: identity.team.id, domain: identity.team.domain },
      enterprise: null,
      is_enterprise_install: false,
      user: { id: user, username: name, name, team_id: known?.teamId ?? identity.team.id },
      api_app_id: identity.appId,
      token: 'playground-verification',
    };
  };

  const fromMessage = ({ message, ephemeral }: { message: Message; ephemeral: boolean }) => ({
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: ephemeral,
      ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
    },
    channel: { id: message.channel, name: channelName(workspace, message.channel) },
    // An ephemeral message is nowhere stored, so its content does not come along.
    ...(ephemeral ? {} : { message: wire.message(message, { metadata: true }) }),
    state: { values: message.values ?? {} },
  });

  return {
    blockActions: ({ user, trigger, action, source, responseUrl }) => ({
      type: 'block_actions',
      ...common(user),
      trigger_id: trigger,
      ...('open' in source
        ? { container: { type: 'view', view_id: source.open.id }, view: views.wire(source.open) }
        : fromMessage(source)),
      ...(responseUrl ? { response_url: responseUrl } : {}),
      actions: [{ ...action, action_ts: workspace.nextTs() }],
    }),
    viewSubmission: ({ user, trigger, open, values }) => ({
      type: 'view_submission',
      ...common(user),
      trigger_id: trigger,
      view: { ...views.wire(open), state: { values } },
      response_urls: [],
    }),
    viewClosed: ({ user, open, isCleared }) => ({
      type: 'view_closed',
      ...common(user),
      view: views.wire(open),
      is_cleared: isCleared,
    }),
  };
}

function channelName(workspace: Workspace, id: string): string {
  const channel = workspace.channels.get(id);
  if (channel?.kind === 'im') return 'directmessage';
  return channel?.name ?? id;
}
