import { RE2JS } from 're2js';

/** Names of variables, flags and fields that say that a secret follows. */
const NAMES =
  'password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|credentials?';

/**
 * One word that is not quoted. What a shell would run must not be hidden: a mask ends before `$(`, a backtick, a pipe
 * and the like, takes no variable for a value, and never reaches over a space or a line.
 */
const PLAIN = '[^\\s"\'`&,;(){}<>|$\\\\•]';
const WORD = `${PLAIN}(?:${PLAIN}|\\$[^({\\s"'\`•]){3,}`;
/** A name's end and what stands between it and the value. `NAME= word` is no value: a shell runs the word. */
const IS = '(?:\\\\?["\'])?(?:[ \\t]*:[ \\t]*|[ \\t]+=[ \\t]+|=)';
const BASE64 = '[A-Za-z0-9+/=]';
/** Between the lines of a key, which may be a diff's or stand in a quoted string. */
const BREAK = '(?:\\s|\\\\[nr])+[+-]?';

/** What looks like a credential. Its first group stays readable, and the second one, if any. */
const SECRETS = [
  // Private keys. Their first line cannot be a command, and the others are too long for one that anybody would use.
  `(-----BEGIN [A-Z ]*PRIVATE KEY-----${BREAK})(?:M[CGHI]|b3Bl)${BASE64}{14,}(?:${BREAK}${BASE64}{60,76})*(?:${BREAK}[A-Za-z0-9+]${BASE64}{15,60})?()`,
  '\\b(AKIA|ASIA)[0-9A-Z]{16}\\b()',
  // GitHub, GitLab, Slack, Anthropic, OpenAI, Stripe, Google, npm, PyPI, SendGrid, Hugging Face.
  '\\b(gh[pousr]_|hf_|npm_)[A-Za-z0-9]{16,}()',
  '\\b(github_pat_|glpat-|xox[a-z](?:\\.xox[a-z])?-|xapp-|sk-ant-|sk-proj-|[srp]k_(?:live|test)_|pypi-AgE)[\\w-]{10,}()',
  '\\b(sk-)[A-Za-z0-9]{32,}()',
  '\\b(AIza)[\\w-]{30,}()',
  '\\b(SG\\.)[\\w-]{16,}\\.[\\w-]{16,}()',
  // JSON web tokens.
  '\\b(eyJ)[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*()',
  `(?i)(\\bauthorization${IS}(?:\\\\?["'])?(?:bearer|basic|token|digest)[ \\t]+)${WORD}()`,
  `(?i)(\\bauthorization${IS}(?:\\\\?["'])?)${PLAIN}{8,}()`,
  '(?i)(\\bbearer[ \\t]+)[\\w.~+/=-]{20,}()',
  // A password in a URL, or behind a user's name.
  '(://[^/\\s:@"\'`<>|;&$(){}]*:)[^/\\s@"\'`<>|;&$(){}•]+(@)',
  `(\\bcurl\\b[^\\n|;&]*?[ \\t](?:-u|--user)[ =]?["']?[^\\s:"'$]+:)${WORD}()`,
  // A variable, flag or field that says what it is. Nothing runs within quotes but what `$` and a backtick begin.
  `(?i)((?:${NAMES})${IS}\\\\?")[^"\\n\`$\\\\•]+(\\\\?")`,
  `(?i)((?:${NAMES})${IS}')[^'\\n•]+(')`,
  `(?i)((?:${NAMES})${IS}(?:\\\\?["'])?)${WORD}()`,
  `(?i)(--(?:password|passwd|passphrase|token|api-key)[ \\t]+(?:\\\\?["'])?)${WORD}()`,
].map((source) => RE2JS.compile(source));

const SECRET_NAME = RE2JS.compile(`(?i)(?:${NAMES})$`);
/** Values that are none, however secret their name. */
const HARMLESS = /^(true|false|null|none|undefined)$/i;

const MASK = '••••••';

/** The text with secrets masked, and how many there were. A mask hides nothing that would run. */
export function mask(text: string): { text: string; masked: number } {
  let masked = 0;
  let rest = text;
  for (const pattern of SECRETS) {
    const matcher = pattern.matcher(rest);
    let out = '';
    let from = 0;
    while (matcher.find()) {
      const lead = matcher.group(1) ?? '';
      const tail = matcher.group(2) ?? '';
      const secret = rest.slice(matcher.start() + lead.length, matcher.end() - tail.length);
      // What stands before a mask is the part of a secret that stays readable.
      if (HARMLESS.test(secret) || rest.startsWith(MASK, matcher.end())) continue;
      out += `${rest.slice(from, matcher.start())}${lead}${MASK}${tail}`;
      from = matcher.end();
      masked += 1;
    }
    rest = out + rest.slice(from);
  }
  return { text: rest, masked };
}

/**
 * A JSON value with every secret in it masked, and how many there were. Whatever stands under a name that says it is a
 * secret is masked whole: it is data, and no part of it runs.
 */
export function maskValue(value: unknown): { value: unknown; masked: number } {
  let masked = 0;
  const within = (text: string) => {
    const shown = mask(text);
    masked += shown.masked;
    return shown.text;
  };
  const whole = () => {
    masked += 1;
    return MASK;
  };
  const walk = (one: unknown, isSecret: boolean): unknown => {
    if (typeof one === 'string') return isSecret && one !== '' ? whole() : within(one);
    if (typeof one === 'number') return isSecret ? whole() : one;
    if (Array.isArray(one)) return one.map((item) => walk(item, isSecret));
    if (typeof one !== 'object' || one === null) return one;
    const fields = Object.entries(one).map(([key, field]) => {
      return [within(key), walk(field, isSecret || SECRET_NAME.matcher(key).find())];
    });
    return Object.fromEntries(fields);
  };
  return { value: walk(value, false), masked };
}
