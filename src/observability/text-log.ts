import type { DestinationStream } from 'pino';

const headerFields = new Set(['level', 'time', 'msg', 'err', 'error']);

/** Turns the log's JSON lines into lines for a person at a terminal. */
export function textLog(destination: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      destination.write(toTextLine(line));
    },
  };
}

export function toTextLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const time = typeof entry.time === 'string' ? entry.time.slice(11, 23) : '';
  const fields = Object.entries(entry)
    .filter(([name]) => !headerFields.has(name))
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`,
    );
  return `${time} ${String(entry.level).toUpperCase().padEnd(5)} ${typeof entry.msg === 'string' ? entry.msg : ''}${fields.join('')}${errorText(entry.err ?? entry.error)}\n`;
}

function errorText(error: unknown): string {
  if (error === undefined || error === null) return '';
  if (typeof error !== 'object') return ` error=${JSON.stringify(error)}`;
  const { type, message, stack, cause } = error as {
    type?: unknown;
    message?: unknown;
    stack?: unknown;
    cause?: unknown;
  };
  const own = typeof stack === 'string' ? stack : `${String(type)}: ${String(message)}`;
  return `\n  ${own.replaceAll('\n', '\n  ')}${cause === undefined ? '' : `\n  caused by${errorText(cause)}`}`;
}
