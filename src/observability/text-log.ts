import { createRequire } from 'node:module';
import type { DestinationStream } from 'pino';

/** What is used of pino-pretty. */
interface PinoPretty {
  readonly prettyFactory: (options: object) => (line: string) => string;
}

/**
 * Turns the log's JSON lines into lines for a person at a terminal, in color where it wants color. Only
 * then is pino-pretty loaded: a service writes JSON.
 */
export function textLog(destination: DestinationStream, colorize: boolean): DestinationStream {
  const { prettyFactory } = createRequire(__filename)('pino-pretty') as PinoPretty;
  const pretty = prettyFactory({
    colorize,
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
