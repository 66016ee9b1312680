const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * Whether a line of the log is the relay's own, of this level or above. Throws on a level that nobody knows, so that no check
 * passes for want of one.
 */
export function isAtLeast(level: unknown, least: 'warn' | 'error' | 'fatal'): boolean {
  if (level === undefined) return false;
  const rank = typeof level === 'string' ? levels.indexOf(level) : -1;
  if (rank === -1) throw new Error(`unknown log level ${JSON.stringify(level)}`);
  return rank >= levels.indexOf(least);
}
