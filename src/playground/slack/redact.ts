const TOKEN = /\b(xox[a-z]|xapp)-[\w-]+/g;
const MAX_CHARACTERS = 20_000;

/** A body as the traffic drawer may show it: without tokens, and cut when it is very long. */
export function redact(body: unknown): unknown {
  const text = JSON.stringify(body) ?? 'null';
  const clean = text.replace(TOKEN, '$1-[hidden]');
  if (clean.length > MAX_CHARACTERS) return `${clean.slice(0, MAX_CHARACTERS)}…`;
  return JSON.parse(clean);
}
