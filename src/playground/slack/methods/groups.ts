import type { Methods } from '../method.ts';
import type { Group } from '../model.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from './rooms.ts';

/** `usergroups.*`: the user groups and who is in them. Slack does not page these. */
export function groupMethods({ workspace }: Rooms): Methods {
  const { identity, groups } = workspace;
  return {
    'usergroups.list': {
      tier: 2,
      run: ({ args }) => ({
        usergroups: [...groups.values()].map((group) => ({
          ...describe(group, identity.team.id),
          ...(args.flag('include_count') ? { user_count: group.users.length } : {}),
          ...(args.flag('include_users') ? { users: group.users } : {}),
        })),
      }),
    },
    'usergroups.users.list': {
      tier: 2,
      needs: ['usergroup'],
      run({ args }) {
        const group = groups.get(args.text('usergroup'));
        if (!group) throw new Refusal('no_such_subteam');
        return { users: group.users };
      },
    },
  };
}

function describe({ id, handle, name }: Group, teamId: string): Record<string, unknown> {
  return {
    id,
    team_id: teamId,
    is_usergroup: true,
    is_subteam: true,
    name,
    handle,
    description: '',
    is_external: false,
    date_create: 0,
    date_update: 0,
    date_delete: 0,
    auto_type: null,
    created_by: '',
    updated_by: '',
    deleted_by: null,
    prefs: { channels: [], groups: [] },
  };
}
