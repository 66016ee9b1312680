import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { destination as fileDestination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../domain/logger';
import { saysStoreAway, toLoggedError } from './log-error';
import { redactFields } from './log-redaction';
import { textLog } from './text-log';

export interface LoggerOptions {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** `text`: for a person at a terminal. Default: JSON lines. */
  readonly format?: 'json' | 'text';
  /** Default: standard output, written at once, so that a crash loses no line. */
  readonly destination?: DestinationStream;
}

/** The process's own logger: it alone may be fatal. */
export interface ProcessLogger extends Logger {
  fatal(fields: object, message: string): void;
}

/**
 * Structured log: one JSON object a line with `level` (pino's numbers), `time` (RFC 3339 UTC) and `msg`. An error goes
 * into the field `err` or `error` and is written with its chain of causes. Device tokens and secrets are masked by the
 * name of their field. What only says that the store is away is of level debug.
 */
export function createLogger({ level, format = 'json', destination }: LoggerOptions): ProcessLogger {
  const target = destination ?? fileDestination({ fd: 1, sync: true });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { log: redactFields },
      serializers: { err: toLoggedError, error: toLoggedError },
    },
    format === 'text' ? textLog(target) : target,
  );
  return redacting(logger);
}

/** Pino formats the fields of a line, but not those that a child is bound to. */
function redacting(logger: PinoLogger): ProcessLogger {
  return {
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: (fields, message) => logger[saysStoreAway(fields) ? 'debug' : 'warn'](fields, message),
    error: (fields, message) => logger[saysStoreAway(fields) ? 'debug' : 'error'](fields, message),
    fatal: logger.fatal.bind(logger),
    child: (bindings) => redacting(logger.child(redactFields(bindings))),
  };
}
