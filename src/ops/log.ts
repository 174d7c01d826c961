import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

/** Credentials wherever they stand: in a message, a stack, a URL, a field nobody thought of. */
const SECRETS: [RegExp, string][] = [
  [/\b(xox[a-z](?:\.xox[a-z])?-|xapp-|sk-ant-)[\w.-]+/g, '$1[redacted]'],
  [/\b(whsec_)[\w+/=]+/g, '$1[redacted]'],
  [/\b(Bearer|Basic)(\s+)[\w.~+/=-]{12,}/gi, '$1$2[redacted]'],
  // A socket's ticket and a response URL let anyone who holds them act as us.
  [/([?&](?:ticket|token|access_token)=)[^&\s"\\]+/gi, '$1[redacted]'],
  [/(\bhooks\.slack(?:-gov)?\.com\/)[^\s"\\]+/gi, '$1[redacted]'],
];

const SECRET_FIELDS = [
  'token',
  'botToken',
  'appToken',
  'signingSecret',
  'apiKey',
  'authorization',
  'Authorization',
  'x-api-key',
  'cookie',
];

/** What of an error goes to the log. SDK errors also carry whole requests, with tokens and what people wrote. */
const ERROR_FIELDS = ['code', 'status', 'statusCode', 'requestID', 'syscall', 'path'] as const;

export interface LogOptions {
  level: string;
  /** Where the lines go; stdout without it. */
  destination?: DestinationStream;
}

/** One JSON object per line. Whatever is logged, no credential gets through. */
export function createLog({ level, destination }: LogOptions): Logger {
  return pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((name) => redactedPaths(name)), censor: '[redacted]' },
      serializers: { err: (error) => describeError(error), error: (error) => describeError(error) },
      // The finished line is the only place that everything passes.
      hooks: { streamWrite: redact },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

/** Text with every credential in it cut to its prefix. */
function redact(text: string): string {
  return SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

function redactedPaths(name: string): string[] {
  return ['', '*', '*.*', '*.*.*'].map((parents) => (parents === '' ? `["${name}"]` : `${parents}["${name}"]`));
}

function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const described: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack };
  for (const field of ERROR_FIELDS) {
    const value = (error as Error & Record<string, unknown>)[field];
    if (typeof value === 'string' || typeof value === 'number') described[field] = value;
  }
  if (error.cause !== undefined && depth < 5) described.cause = describeError(error.cause, depth + 1);
  return described;
}
