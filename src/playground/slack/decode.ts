/** Reads what a client sent to a Web API method: a form whose objects are JSON strings, or a JSON body. */
export interface DecodedCall {
  args: Record<string, unknown>;
  token?: string;
}

const JSON_FIELDS = new Set([
  'attachments',
  'blocks',
  'chunks',
  'entities',
  'files',
  'loading_messages',
  'metadata',
  'prompts',
  'view',
]);

export async function decodeCall(request: Request): Promise<DecodedCall> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const raw: Record<string, unknown> = { ...query, ...(await readBody(request)) };
  const { token: formToken, ...fields } = raw;
  const args = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, decodeField(name, value)]));
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const token = bearer ?? (typeof formToken === 'string' ? formToken : undefined);
  return { args, ...(token === undefined ? {} : { token }) };
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    const body = parseJson(await request.text());
    return isRecord(body) ? body : {};
  }
  if (type.startsWith('multipart/form-data')) return Object.fromEntries(await request.formData());
  return Object.fromEntries(new URLSearchParams(await request.text()));
}

/** A field that is not the JSON it should be stays a string; the method then refuses its format. */
function decodeField(name: string, value: unknown): unknown {
  if (!JSON_FIELDS.has(name) || typeof value !== 'string') return value;
  return parseJson(value) ?? value;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller decides what that means
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
