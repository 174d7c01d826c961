import type { Methods } from '../method.ts';
import type { User } from '../model.ts';
import { Refusal } from '../refusal.ts';
import { pageOf } from './paging.ts';
import type { Rooms } from './rooms.ts';

/** `auth.test`, `users.*`, `bots.info`, and the link of Socket Mode. */
export function userMethods({ workspace, wire, baseUrl, pageSize }: Rooms, options: { link: () => string }): Methods {
  const { identity } = workspace;
  const everybody = () => [...workspace.users.values(), slackbot(identity.team.id)];
  return {
    'auth.test': {
      tier: 'special',
      run: () => ({
        url: `${baseUrl()}/`,
        team: identity.team.name,
        user: identity.botName.toLowerCase(),
        team_id: identity.team.id,
        user_id: identity.botUserId,
        bot_id: identity.botId,
        is_enterprise_install: false,
      }),
    },
    'apps.connections.open': { tier: 3, token: 'app', run: () => ({ url: options.link() }) },
    'users.info': {
      tier: 4,
      needs: ['user'],
      run({ args }) {
        const user = everybody().find(({ id }) => id === args.text('user'));
        if (!user) throw new Refusal('user_not_found');
        return { user: describe(user, identity.team.id) };
      },
    },
    'users.list': {
      tier: 2,
      run({ args }) {
        const users = everybody();
        // Without a limit Slack tries to give all of them; the deactivated are among them.
        const { items, metadata } = pageOf(users, { args, usual: Math.max(1, users.length), atMost: pageSize() });
        const members = items.map((user) => describe(user, identity.team.id));
        return { members, cache_ts: Math.floor(workspace.clock.now() / 1000), ...metadata };
      },
    },
    'bots.info': {
      tier: 3,
      run({ args }) {
        if (args.has('bot') && args.text('bot') !== identity.botId) throw new Refusal('bot_not_found');
        return { bot: wire.botProfile() };
      },
    },
  };
}

/** Slack's own bot is in every workspace, and says of itself that it is none. */
function slackbot(teamId: string): User {
  return { id: 'USLACKBOT', name: 'slackbot', realName: 'Slackbot', teamId, isBot: false, deleted: false };
}

function describe(user: User, homeTeam: string): Record<string, unknown> {
  const stranger = user.teamId !== homeTeam;
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name.toLowerCase(),
    real_name: user.realName,
    deleted: user.deleted,
    tz: 'Europe/London',
    is_bot: user.isBot,
    is_app_user: false,
    is_restricted: user.guest !== undefined,
    is_ultra_restricted: user.guest === 'single_channel',
    ...(stranger ? { is_stranger: true } : {}),
    updated: 0,
    profile: {
      real_name: user.realName,
      display_name: user.name,
      real_name_normalized: user.realName,
      display_name_normalized: user.name,
      team: user.teamId,
    },
  };
}
