import { neededScopes } from '../../slack/needs.ts';
import { type Check, fine, type Item, problem, unknown, warning } from './item.ts';

const NOT_ASKED = 'There is no usable token to ask Slack with.';

export const botToken: Check = ({ slack: { bot } }) => {
  if (bot === null) return [unknown('The bot token', NOT_ASKED)];
  if (!('refused' in bot)) return [fine(`The bot token is that of ${bot.name} in ${bot.team}.`)];
  return [
    problem(bot.code === 'unreachable' ? 'slack-unreachable' : 'bot-token', {
      says: bot.refused,
      why: 'Without the bot token nothing can be read or written in Slack.',
      todo: 'Do what it says, then run this again.',
    }),
  ];
};

export const scopes: Check = ({ slack: { bot } }) => {
  if (bot === null || 'refused' in bot) return [];
  const needed = neededScopes();
  const missing = needed.filter(({ scope }) => !bot.scopes.includes(scope));
  const extra = bot.scopes.filter((one) => needed.every(({ scope }) => scope !== one));
  const items: Item[] = missing.map(({ scope, reason }) =>
    problem('scope-missing', {
      says: `The bot lacks the scope ${scope}.`,
      why: `It is there ${reason}; without it Slack refuses that, or does not tell of it.`,
      todo: 'Take over manifest/manifest.json (api.slack.com/apps → your app → App Manifest), and install the app again.',
    }),
  );
  if (extra.length > 0) {
    items.push(
      warning('scope-extra', {
        says: `The bot has scopes that it does not use: ${extra.join(', ')}.`,
        why: 'Whoever gets hold of its token may do all of that.',
        todo: 'Take over manifest/manifest.json, and install the app again.',
      }),
    );
  }
  return items.length > 0 ? items : [fine('The bot has the scopes that it needs, and no others.')];
};

export const events: Check = () => [
  unknown(
    'Events that the app is subscribed to',
    'Slack does not show them to a bot. Compare the app with manifest/manifest.json, or try it with --self-test.',
  ),
];

export const socket: Check = ({ transport, slack: { socket: answer }, folder }) => {
  if (transport === 'http') {
    const why = "Deliveries come over HTTP, and whether Slack's requests reach this machine cannot be seen from here.";
    return [unknown('The way of deliveries', `${why} Try it with --self-test.`)];
  }
  if (answer === null) return [unknown('Socket Mode', NOT_ASKED)];
  if ('refused' in answer) {
    return [
      problem(answer.code === 'unreachable' ? 'slack-unreachable' : 'socket', {
        says: answer.refused,
        why: 'Through Socket Mode comes all that people write and click.',
        todo: 'Do what it says, then run this again.',
      }),
    ];
  }
  if (answer.hello !== null) return [fine('Socket Mode answers.')];
  const why = folder.isInUse
    ? 'A Drawbridge is connected; a second connection would be given some of its deliveries.'
    : 'Only the address was asked for.';
  return [fine('Slack gives an address for Socket Mode.'), unknown('The connection itself', why)];
};

export const sameApp: Check = ({ slack: { bot, socket: answer } }) => {
  if (bot === null || answer === null || 'refused' in bot || 'refused' in answer) return [];
  const appId = answer.hello?.appId ?? null;
  if (appId === null || bot.appId === null || appId === bot.appId) return [];
  return [
    problem('two-apps', {
      says: `The tokens belong to two apps: SLACK_BOT_TOKEN to ${bot.appId}, SLACK_APP_TOKEN to ${appId}.`,
      why: 'What people write to the bot would be delivered to another program, and this one hears nothing.',
      todo: 'Take both from the same app at api.slack.com/apps.',
    }),
  ];
};

export const copies: Check = ({ slack: { socket: answer } }) => {
  if (answer === null || 'refused' in answer || answer.hello === null) return [];
  const { connections } = answer.hello;
  if (connections === null) return [unknown('Other copies', 'Slack did not say how many connections there are.')];
  if (connections <= 1) return [fine('No other program is connected as this app.')];
  const others = connections - 1;
  return [
    warning('other-copies', {
      says: `${others === 1 ? 'Another program is' : `${others} other programs are`} connected as this app.`,
      why: 'Slack gives each delivery to one of them, so each copy would hear only some of what people say.',
      todo: 'Stop the other Drawbridge, or give each a Slack app of its own. A connection that broke off may count for a minute.',
    }),
  ];
};

const CHANNEL_WORDS = {
  unknown: ['does not exist, or the bot may not see it', 'Check the id; into a private channel, invite the bot.'],
  archived: ['is archived', 'Unarchive it, or take it out of bridge.yaml.'],
  'without-bot': ['does not have the bot in it', 'Write /invite @Drawbridge there, with the name of your bot.'],
} as const;

export const channels: Check = ({ slack }) =>
  slack.channels.flatMap(({ id, is }): Item[] => {
    if (is === 'usable') return [];
    const [state, todo] = CHANNEL_WORDS[is];
    return [
      warning('channel', {
        says: `The channel ${id}, which bridge.yaml names, ${state}.`,
        why: 'What bridge.yaml says about it has no effect.',
        todo,
      }),
    ];
  });
