const MAX_CHARS = 20_000;
const SECRET = /token|secret|password|api_key|authorization/i;

/** A body as the traffic drawer may show it: secrets and file bytes left out, cut at 20,000 characters. */
export function forTraffic(body: unknown): unknown {
  const json = JSON.stringify(body, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (SECRET.test(key)) return '…';
    return key === 'data' && value.length > 200 ? `… ${value.length} characters` : value;
  });
  if (json === undefined) return undefined;
  return json.length > MAX_CHARS ? `${json.slice(0, MAX_CHARS)}…` : JSON.parse(json);
}
