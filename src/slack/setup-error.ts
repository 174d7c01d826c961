import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRequestError } from '@slack/web-api';

/** Slack will not let us in until an operator changes something; `message` says what. */
export class SlackSetupError extends Error {
  /** Slack's own name for it where there is one, e.g. `invalid_auth`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SlackSetupError';
    this.code = code;
  }
}

export type TokenName = 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN';

const WHERE: Record<TokenName, string> = {
  SLACK_BOT_TOKEN: 'the "OAuth & Permissions" page of the app at https://api.slack.com/apps (it begins with xoxb-)',
  SLACK_APP_TOKEN: 'the "Basic Information" page of the app at https://api.slack.com/apps (it begins with xapp-)',
};

const REMEDIES: Record<string, (token: TokenName) => string> = {
  invalid_auth: (token) => `Slack does not know ${token}. Copy it again from ${WHERE[token]}.`,
  not_authed: (token) => `Slack got no token. Set ${token} from ${WHERE[token]}.`,
  not_allowed_token_type: (token) => `${token} is a token of another kind. Take the one from ${WHERE[token]}.`,
  missing_scope: (token) =>
    token === 'SLACK_APP_TOKEN'
      ? 'SLACK_APP_TOKEN lacks the scope connections:write. Generate an app-level token that has it.'
      : 'SLACK_BOT_TOKEN lacks a scope. Compare the app with its manifest and install it again.',
  token_revoked: (token) =>
    `${token} has been revoked. Install the app again and copy the new one from ${WHERE[token]}.`,
  token_expired: (token) => `${token} has expired. Copy the new one from ${WHERE[token]}.`,
  account_inactive: (token) =>
    `${token} belongs to an app that was removed from the workspace. Install it again and copy the new token.`,
  user_removed_from_team: () => 'The bot was removed from the workspace. Install the app again.',
  team_disabled: () => 'The Slack workspace is disabled.',
  team_access_not_granted: () => 'The app is not approved for this workspace. Ask its administrators.',
  org_login_required: () => 'The workspace is moving to another organisation. Try again once that is done.',
  link_disabled: () => 'Socket Mode is switched off. Turn it on in the app’s settings at https://api.slack.com/apps.',
};

export function setupError(code: string, token: TokenName, options?: { cause?: unknown }): SlackSetupError {
  const remedy = REMEDIES[code]?.(token) ?? `Slack refused ${token} with "${code}".`;
  return new SlackSetupError(code, remedy, options);
}

/** What an operator must do about this error; undefined when it may pass by itself. */
export function asSetupError(error: unknown, token: TokenName): SlackSetupError | undefined {
  if (error instanceof SlackSetupError) return error;
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  const code = error.data.error;
  return code in REMEDIES ? setupError(code, token, { cause: error }) : undefined;
}

/** At the start even what may pass stops us: a supervisor's restart is the right retry, and a person may be watching. */
export function startError(error: unknown, token: TokenName): SlackSetupError {
  const known = asSetupError(error, token);
  if (known) return known;
  if (error instanceof WebAPIPlatformError) return setupError(error.data.error, token, { cause: error });
  const unreached = error instanceof WebAPIRequestError || error instanceof WebAPIHTTPError;
  const message = unreached
    ? 'Slack cannot be reached. Check the network, the proxy and SLACK_API_URL, then start again.'
    : 'Slack did not accept the connection. Start again in a moment.';
  return new SlackSetupError('unreachable', message, { cause: error });
}
