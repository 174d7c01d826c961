import { describe, expect, it } from 'vitest';
import { createFileHosts } from '../../../src/slack/files/hosts.ts';

const hosts = createFileHosts({
  hosts: ['files.slack.com', '*.slack-edge.com'],
  apiUrl: 'http://127.0.0.1:8080/api/',
});

describe('the hosts of files', () => {
  it.each([
    ['https://files.slack.com/files-pri/T1-F1/a.csv', true],
    ['HTTPS://FILES.SLACK.COM/a', true],
    ['https://a.slack-edge.com/a', false],
    ['https://a.b.slack-edge.com/a', false],
    ['http://127.0.0.1:8080/files-pri/T1-F1/a.csv', true],
  ])('admits %s, with the token: %s', (address, withToken) => {
    expect(hosts.admit(address)).toEqual({ url: new URL(address), withToken });
  });

  it.each([
    'http://files.slack.com/a',
    'https://files.slack.com:8443/a',
    'https://files.slack.com./a',
    'https://user@files.slack.com/a',
    'https://:word@files.slack.com/a',
    'https://files.slack.com.evil.example/a',
    'https://evilfiles.slack.com/a',
    'https://slack.com/a',
    'https://slack-edge.com/a',
    'https://evilslack-edge.com/a',
    'https://evil.example/files.slack.com',
    'https://evil.example\\@files.slack.com',
    'http://127.0.0.1:8081/a',
    'http://localhost:8080/a',
    'https://127.0.0.1:8080/a',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'data:text/plain,a',
    'files.slack.com/a',
    '',
  ])('does not admit %s', (address) => {
    expect(hosts.admit(address)).toBeNull();
  });

  it('has no origin of its own without a SLACK_API_URL', () => {
    const others = createFileHosts({ hosts: ['files.slack.com'], apiUrl: null });
    expect(others.admit('http://127.0.0.1:8080/a')).toBeNull();
    expect(others.admit('https://files.slack.com/a')).not.toBeNull();
  });
});
