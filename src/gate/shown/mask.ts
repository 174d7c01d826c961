import { RE2JS } from 're2js';

const NAMES =
  'password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|client[_-]?secret|private[_-]?key';

/** What looks like a credential, by its own mark or by the word before it. The first group, if any, stays readable. */
const SECRETS = [
  // Private keys, whole.
  '(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]+(?:-----END [A-Z ]*PRIVATE KEY-----)?',
  // AWS, GitHub, GitLab, Slack, Anthropic, OpenAI, Stripe, Google, npm, PyPI, SendGrid, Hugging Face.
  '\\b(AKIA|ASIA)[0-9A-Z]{16}\\b',
  '\\b(gh[pousr]_|github_pat_|glpat-|xox[a-z](?:\\.xox[a-z])?-|xapp-|sk-ant-|sk-proj-|sk_live_|sk_test_|rk_live_|AIza|npm_|pypi-|SG\\.|hf_)[\\w.-]{10,}',
  // JSON web tokens.
  '\\b(eyJ)[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*',
  '(?i)\\b((?:Bearer|Basic)\\s+)[\\w.~+/=-]{8,}',
  // A password in a URL.
  '(://[^/\\s:@]+:)[^/\\s:@]+(?:@)',
  // A variable, flag or field that says what it is.
  `(?i)((?:${NAMES})["']?\\s*[=:]\\s*["']?)[^\\s"'&,;}]{4,}`,
  '(?i)(--(?:password|token|secret|api-key)[ =])[^\\s"\']{4,}',
].map((source) => RE2JS.compile(source));

const SECRET_NAME = RE2JS.compile(`(?i)${NAMES}`);

const MASK = '••••••';

/** The text with secrets masked, and how many there were. A mask never hides what comes after it. */
export function mask(text: string): { text: string; masked: number } {
  let masked = 0;
  let rest = text;
  for (const pattern of SECRETS) {
    const matcher = pattern.matcher(rest);
    let out = '';
    let from = 0;
    while (matcher.find()) {
      const lead = matcher.group(1) ?? '';
      const tail = (matcher.group(0) ?? '').endsWith('@') ? '@' : '';
      out += `${rest.slice(from, matcher.start())}${lead}${MASK}${tail}`;
      from = matcher.end();
      masked += 1;
    }
    rest = out + rest.slice(from);
  }
  return { text: rest, masked };
}

/** A value with every secret in it masked, and whole what stands under a name that says it is one. */
export function maskValue(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET_NAME.matcher(name).find() ? MASK : mask(value).text;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, maskValue(field, key)]));
}
