/** Deliveries as the Events API and interactivity send them, trimmed to what matters; `fields` replace theirs. */
export const IDENTITY = { botUserId: 'UBOT', botId: 'BBOT', teamId: 'T1' };

type Fields = Record<string, unknown>;

export function message(fields: Fields = {}) {
  return envelope({ type: 'message', channel_type: 'channel', ...written, ...fields }, { context_team_id: 'T1' });
}

/** The twin: another event id, no context ids, no channel type. */
export function mention(fields: Fields = {}) {
  return envelope({ type: 'app_mention', ...written, ...fields }, { event_id: 'Ev2' });
}

export function stopped(fields: Fields = {}) {
  return envelope({
    type: 'agent_session_stopped',
    channel: 'C1',
    user: 'U1',
    thread_ts: '1766458026.240809',
    streaming_message_ts: ['1766458031.859009'],
    ...fields,
  });
}

export function click(fields: Fields = {}) {
  return {
    type: 'block_actions',
    user: { id: 'U1', username: 'ana', team_id: 'T1' },
    api_app_id: 'A1',
    container: {
      type: 'message',
      message_ts: '1766458031.859009',
      channel_id: 'C1',
      is_ephemeral: false,
      thread_ts: '1766458026.240809',
    },
    team: { id: 'T1', domain: 'acme' },
    channel: { id: 'C1', name: 'ops' },
    message: { type: 'message', user: 'UBOT', ts: '1766458031.859009', thread_ts: '1766458026.240809' },
    actions: [{ type: 'button', action_id: 'drawbridge:stop', block_id: 'b', action_ts: '1766458050.000200' }],
    ...fields,
  };
}

const written = {
  channel: 'C1',
  user: 'U1',
  text: '2',
  ts: '1766458031.859009',
  event_ts: '1766458031.859009',
  client_msg_id: '5c2a',
  team: 'T1',
  blocks: [{ type: 'rich_text', block_id: 'HiD03', elements: [] }],
};

function envelope(event: Fields, fields: Fields = {}) {
  return {
    token: 't',
    team_id: 'T1',
    api_app_id: 'A1',
    event,
    type: 'event_callback',
    event_id: 'Ev1',
    event_time: 1766458031,
    authorizations: [
      { enterprise_id: null, team_id: 'T1', user_id: 'UBOT', is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: '4-x',
    ...fields,
  };
}
