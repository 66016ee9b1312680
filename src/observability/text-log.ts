import { createRequire } from 'node:module';
import type { DestinationStream } from 'pino';

/** What is used of pino-pretty. */
interface PinoPretty {
  readonly prettyFactory: (options: object) => (line: string) => string;
}

/**
 * Turns the log's JSON lines into lines for a person at a terminal, in color where it has color (`NO_COLOR` switches it off). Only
 * then is pino-pretty loaded: a service writes JSON.
 */
export function textLog(destination: DestinationStream): DestinationStream {
  const { prettyFactory } = createRequire(__filename)('pino-pretty') as PinoPretty;
  const pretty = prettyFactory({
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    errorLikeObjectKeys: ['err', 'error'],
  });
  return {
    write: (line) => {
      destination.write(pretty(line));
    },
  };
}
