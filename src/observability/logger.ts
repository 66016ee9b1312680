import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { destination as fileDestination, pino, stdTimeFunctions } from 'pino';
import type { LogLine } from '../domain/log-events/log-events';
import type { Logger } from '../domain/logger';
import { saysStoreAway, toLoggedError } from './log-error';
import { redactFields } from './log-redaction';
import { textLog } from './text-log';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `text`: for a person at a terminal. Default: JSON lines. */
  readonly format?: 'json' | 'text' | 'colored text';
  /** Default: standard output, written at once, so that a crash loses no line. */
  readonly destination?: DestinationStream;
}

/** The process's own logger: it alone may be fatal. */
export interface ProcessLogger extends Logger {
  fatal(line: LogLine<'fatal'>, message: string): void;
  /** Of this logger and all its children. */
  setLevel(level: LogLevel): void;
}

/** The least of pino's numbers that is written; shared by a logger and its children, whose own level pino would fix. */
interface Threshold {
  value: number;
}

/**
 * Structured log: one JSON object a line with `level` (`warn`), `time` (RFC 3339 UTC), `event` and `msg`. An error goes
 * into the field `err` or `error` and is written with its chain of causes. Device tokens and secrets are masked by the
 * name of their field. What only says that the store is away is of level debug.
 */
export function createLogger({ level, format = 'json', destination }: LoggerOptions): ProcessLogger {
  const target = destination ?? fileDestination({ fd: 1, sync: true });
  const logger = pino(
    {
      level: 'trace',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      serializers: { err: toLoggedError, error: toLoggedError },
    },
    format === 'json' ? target : textLog(target, format === 'colored text'),
  );
  return redacting(logger, { value: valueOf(level) });
}

function valueOf(level: LogLevel): number {
  return level === 'silent' ? Number.POSITIVE_INFINITY : (pino.levels.values[level] ?? 0);
}

/** Pino formats the fields of a line, but not those that a child is bound to. */
function redacting(logger: PinoLogger, threshold: Threshold): ProcessLogger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal') => {
    const value = valueOf(level);
    return (fields: object, message: string): void => {
      if (value >= threshold.value) logger[level](fields, message);
    };
  };
  const [debug, warn, error] = [at('debug'), at('warn'), at('error')];
  return {
    get isDebugging() {
      return valueOf('debug') >= threshold.value;
    },
    debug,
    info: at('info'),
    warn: (fields, message) => (saysStoreAway(fields) ? debug : warn)(fields, message),
    error: (fields, message) => (saysStoreAway(fields) ? debug : error)(fields, message),
    fatal: at('fatal'),
    child: (bindings) => redacting(logger.child(redactFields(bindings)), threshold),
    setLevel: (level) => {
      threshold.value = valueOf(level);
    },
  };
}
