import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The app as it was installed: what its manifest got it. */
export interface InstalledApp {
  /** Bot scopes. */
  scopes: readonly string[];
  /** Subscriptions, such as `message.im`. */
  events: readonly string[];
}

const manifestSchema = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
});

/** Drawbridge as everybody installs it. */
export function fromManifest(): InstalledApp {
  const manifest = readFileSync(new URL('../../../manifest/manifest.json', import.meta.url), 'utf8');
  const { oauth_config, settings } = manifestSchema.parse(JSON.parse(manifest));
  return { scopes: oauth_config.scopes.bot, events: settings.event_subscriptions.bot_events };
}
