import type { LogLine } from './log-events/log-events';

/** What pino's logger offers, as far as the relay uses it; each line names its `event`. Adapters and the house take one, nobody makes one. */
export interface Logger {
  /** Whether lines of level debug are written now. */
  readonly isDebugging: boolean;
  readonly debug: (line: LogLine<'debug'>, message: string) => void;
  readonly info: (line: LogLine<'info'>, message: string) => void;
  readonly warn: (line: LogLine<'warn'>, message: string) => void;
  readonly error: (line: LogLine<'error'>, message: string) => void;
  child(bindings: object): Logger;
}

export const silentLogger: Logger = {
  isDebugging: false,
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
