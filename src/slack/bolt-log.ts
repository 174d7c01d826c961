import { LogLevel, type Logger as SlackLogger } from '@slack/web-api';
import type { Logger } from 'pino';

/**
 * Slack's libraries log through ours. Their debug lines are dropped, since they carry whole frames and with them what
 * people wrote. Their errors are our warnings: whatever fails reaches us as a rejection too, and whoever handles that
 * says what it means.
 */
export function createBoltLog(log: Logger): SlackLogger {
  let name = 'slack';
  const write = (level: 'debug' | 'warn') => (first: unknown, second?: unknown) => {
    const detail = second instanceof Error ? { err: second } : {};
    if (first instanceof Error) log[level]({ library: name, err: first }, 'Slack library');
    else log[level]({ library: name, said: String(first), ...detail }, 'Slack library');
  };
  return {
    debug() {},
    info: write('debug'),
    warn: write('warn'),
    error: write('warn'),
    setLevel() {},
    // Info, so that no library builds debug lines for nothing.
    getLevel: () => LogLevel.INFO,
    setName(given) {
      name = given;
    },
  };
}
