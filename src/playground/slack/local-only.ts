/**
 * Whether a request comes from this machine's own pages and programs. A foreign page can make a browser call
 * 127.0.0.1, directly or through a name it rebinds: its Origin or its Host header gives it away.
 */
export function isLocal(headers: { host?: string | undefined; origin?: string | undefined }): boolean {
  const { host = '', origin } = headers;
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host.replace(/:\d+$/, ''))) return false;
  return origin === undefined || origin === `http://${host}`;
}
