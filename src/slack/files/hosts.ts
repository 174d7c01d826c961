/** Where files may be read from and sent to. Addresses come from messages, and so from anybody. */
export interface FileHosts {
  /** The address when it may be asked, and whether the bot's token goes with it; null when it may not. */
  admit(address: string | URL): { url: URL; withToken: boolean } | null;
}

export interface FileHostsOptions {
  /** Names of hosts; one that begins with `*.` stands for all below it, which get no token. */
  hosts: readonly string[];
  /** `SLACK_API_URL`: its origin has files too. Only there the address may be plain http, as the setting says so. */
  apiUrl: string | null;
}

export function createFileHosts({ hosts, apiUrl }: FileHostsOptions): FileHosts {
  const named = new Set(hosts.filter((host) => !host.startsWith('*.')));
  const endings = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1));
  const ownOrigin = apiUrl === null ? null : new URL(apiUrl).origin;

  return {
    admit(address) {
      const url = asUrl(address);
      if (url?.username !== '' || url.password !== '') return null;
      if (url.origin === ownOrigin) return { url, withToken: true };
      if (url.protocol !== 'https:' || url.port !== '') return null;
      if (named.has(url.hostname)) return { url, withToken: true };
      return endings.some((ending) => url.hostname.endsWith(ending)) ? { url, withToken: false } : null;
    },
  };
}

function asUrl(address: string | URL): URL | null {
  try {
    return new URL(address);
  } catch {
    return null; // not an address, so none of ours
  }
}
