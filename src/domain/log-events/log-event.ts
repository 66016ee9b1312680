/** One kind of log line. docs/logs.md lists them all, and a test holds the two together. */
export interface LogEvent {
  /** `fatal`: the process exits. `error`: pushes or messages are late or lost. `warn`: something to look at. `debug`: off by default. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** What has happened, in one sentence or two. */
  readonly means: string;
  /** What the operator does. Missing: nothing. */
  readonly action?: string;
  /** Every field that a line can have, beside `level`, `time`, `event`, `msg` and `suppressed`. */
  readonly fields: readonly string[];
}
