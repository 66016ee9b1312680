import { format } from 'node:util';
import { systemClock, type Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { shortText } from '../domain/short-text';
import { LogGate } from './log-gate';
import { redactText } from './log-redaction';

const everyMs = 60_000;

/** Where a library writes to. */
type Console = Record<'log' | 'info' | 'warn' | 'error', (...parts: unknown[]) => void>;

/** What libraries print (ioredis warns so at each new connection) becomes a line of the log: whoever reads it parses every line. */
export function logConsole(console: Console, logger: Logger, clock: Clock = systemClock): void {
  const gate = new LogGate(clock, 1, everyMs);
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    console[method] = (...parts) => {
      const pass = gate.pass();
      if (pass)
        logger.warn(
          { event: 'library_message', text: shortText(redactText(format(...parts))), ...pass },
          'message of a library',
        );
    };
}
