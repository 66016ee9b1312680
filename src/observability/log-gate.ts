import type { Clock } from '../domain/clock';
import { logEvents, type LogEventOf, type LogFields } from '../domain/log-events/log-events';
import type { Logger } from '../domain/logger';
import { saysStoreAway } from './log-error';

/**
 * Lets a bounded number of lines a second (or other time) through, so that a flood of one kind of request does not become a flood of
 * log lines. open → (limit reached) shut → (next one) open; the first line after it says how many were held back.
 */
export class LogGate {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #heldBack = 0;
  readonly #clock: Clock;
  readonly #lines: number;
  readonly #windowMs: number;

  constructor(clock: Clock, lines: number, windowMs = 1_000) {
    this.#clock = clock;
    this.#lines = lines;
    this.#windowMs = windowMs;
  }

  /** Null: do not log. Otherwise fields to log with the line. */
  pass(): { readonly suppressed?: number } | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= this.#windowMs || nowMs < this.#windowStartMs) {
      this.#windowStartMs = nowMs;
      this.#passed = 0;
    }
    if (++this.#passed > this.#lines) {
      this.#heldBack++;
      return null;
    }
    const suppressed = this.#heldBack;
    this.#heldBack = 0;
    return suppressed === 0 ? {} : { suppressed };
  }
}

/** A function for each event, which writes the lines that a gate of its own lets through. */
export function gatedLines(logger: Logger, createGate: () => LogGate) {
  return <Name extends LogEventOf<'info' | 'warn' | 'error'>>(event: Name, message: string) => {
    const gate = createGate();
    const write = logger[logEvents[event].level] as (line: object, message: string) => void;
    return (fields: LogFields<Name>): void => {
      // The logger writes that one for debugging only, so it must not take the place of a line that is seen.
      const passed = saysStoreAway(fields) ? {} : gate.pass();
      if (passed !== null) write({ event, ...fields, ...passed }, message);
    };
  };
}

export type GatedLines = ReturnType<typeof gatedLines>;
