import { fileURLToPath } from 'node:url';
import { CliError } from './cli-error.ts';
import type { World } from './world.ts';

export interface ManifestOptions {
  /** Where this bot can be reached by Slack, for events over HTTP. */
  http?: string;
}

/** Where Slack's deliveries go below that address. */
const EVENTS_PATH = '/slack/events';

/** Prints the manifest of the Slack app. */
export async function printManifest({ http }: ManifestOptions, world: World): Promise<number> {
  const text = readManifest(world);
  await world.print(http === undefined ? text : `${JSON.stringify(overHttp(JSON.parse(text), http), null, 2)}\n`);
  return 0;
}

/** The manifest as it stands in the package. */
export function readManifest({ readFile }: Pick<World, 'readFile'>): string {
  return readFile(fileURLToPath(new URL('../../manifest/manifest.json', import.meta.url)));
}

interface Manifest {
  settings: { event_subscriptions: object; interactivity: object };
}

function overHttp(manifest: Manifest, address: string): Manifest {
  const request_url = requestUrl(address);
  const { event_subscriptions, interactivity } = manifest.settings;
  return {
    ...manifest,
    settings: {
      ...manifest.settings,
      event_subscriptions: { request_url, ...event_subscriptions },
      interactivity: { ...interactivity, request_url },
      socket_mode_enabled: false,
    } as Manifest['settings'],
  };
}

function requestUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'https:' || url.username || url.search || url.hash) {
    const what = 'a public address such as https://bot.example.com: Slack delivers to nothing but HTTPS';
    throw new CliError(`--http is not ${what}`);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path.endsWith(EVENTS_PATH) ? path : `${path}${EVENTS_PATH}`}`;
}
