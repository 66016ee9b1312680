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
    // Else it is written as it came, for the name of a logger, with line ends and all.
    customPrettifiers: { name: (name: unknown) => JSON.stringify(name) },
  });
  return {
    write: (line) => {
      destination.write(pretty(withoutControls(line)));
    },
  };
}

/** Of a JSON line: what others wrote must not tell the terminal what to do. Line ends stay, for stacks. */
function withoutControls(line: string): string {
  return line.replaceAll(
    /\\(u00[01][\da-f]|[bfr])|\\.|[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/gi,
    (found: string, control: string | undefined) => (found.length > 1 && control === undefined ? found : '·'),
  );
}
