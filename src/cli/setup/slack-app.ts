import { readManifest } from '../manifest.ts';
import type { World } from '../world.ts';

const NEW_APP = 'https://api.slack.com/apps?new_app=1&manifest_json=';

/** Opens Slack's own page with the manifest filled in. */
export function newAppLink(world: Pick<World, 'readFile'>): string {
  const manifest = JSON.stringify(JSON.parse(readManifest(world)));
  // These may stand in a query as they are, and the link is long enough.
  return NEW_APP + encodeURIComponent(manifest).replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/');
}
