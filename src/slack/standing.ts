import type { UsersInfoResponse } from '@slack/web-api';
import type { Person } from '../thread/gate-ports.ts';

export type SlackUser = NonNullable<UsersInfoResponse['user']>;

const SLACKBOT = 'USLACKBOT';

/** What a user is to the workspace `teamId`. Whoever is not clearly a full member of it is something else. */
export function standingOf(user: SlackUser, teamId: string): Person['standing'] {
  if (user.deleted) return 'gone';
  if (user.is_bot || user.is_workflow_bot || user.is_connector_bot || user.id === SLACKBOT) return 'bot';
  if (user.is_stranger || !belongsTo(user, teamId)) return 'outsider';
  if (user.is_restricted || user.is_ultra_restricted) return 'guest';
  return 'member';
}

/** People of an Enterprise organisation belong to several workspaces. */
function belongsTo({ team_id, enterprise_user }: SlackUser, teamId: string): boolean {
  return team_id === teamId || (enterprise_user?.teams ?? []).includes(teamId);
}
