const ALLOWED = new Set(['http:', 'https:', 'mailto:']);

/** The address when it is safe to put into a link, else undefined: only http, https and mailto, absolute. */
export function safeHref(address: string): string | undefined {
  try {
    const url = new URL(address.trim());
    return ALLOWED.has(url.protocol) ? url.href : undefined;
  } catch {
    // Not an absolute address: shown as text.
    return undefined;
  }
}

/** A path of this very server, as files and their previews have; anything else would leave the machine. */
export function localPath(address: string): string | undefined {
  return /^\/(?![/\\])/.test(address) ? address : undefined;
}
