export interface OutageLogOptions {
  /** Writes the line of its begin. */
  began(fields: { readonly reason: string }): void;
  /** Writes the line of its end. `fields`: those of `back` as well. */
  ended(fields: { readonly forMs: number }): void;
  /** Asked every second during an outage; without it, one is over when nothing was refused for some seconds. */
  readonly isOver?: () => boolean;
}

const vagueForMs = 1_000;
const lookEveryMs = 1_000;
const quietForMs = 5_000;

/**
 * One log line for an outage and one for its end, whoever notices it and however often.
 *
 * well → noticed (only a vague reason is known: a better one is waited for, for a second) → told → well (every part that was
 * cut off is back, and nothing was refused for some seconds). A fault of the configuration has a line of its own once an outage.
 * Everybody else who meets the outage logs nothing: the log keeps StoreUnavailableError back from warnings and errors.
 */
export class OutageLog {
  readonly #cutOff = new Set<string>();
  #reason: string | null = null;
  readonly #told = new Set<string>();
  #endFields: object = {};
  #beganAtMs = 0;
  #refusedAtMs = 0;
  #vague: NodeJS.Timeout | null = null;
  #look: NodeJS.Timeout | null = null;
  readonly #options: OutageLogOptions;

  constructor(options: OutageLogOptions) {
    this.#options = options;
  }

  /** A part has no connection until it says `back`. */
  cutOff(part: string): void {
    this.#cutOff.add(part);
  }

  /** `fields`: what the line of the end says of it. */
  back(part: string, fields: object = {}): void {
    this.#cutOff.delete(part);
    if (this.#look !== null) this.#endFields = { ...this.#endFields, ...fields };
    this.#lookAgain();
  }

  /** Something was refused, or a connection failed. `must`: only a changed configuration helps. */
  noticed(reason: string, { vague = false, must = false } = {}): void {
    const nowMs = performance.now();
    if (this.#look === null) {
      this.#beganAtMs = nowMs;
      this.#look = setInterval(() => this.#lookAgain(), lookEveryMs).unref();
    }
    if (this.#told.size > 0) {
      if (must && !this.#told.has(reason)) this.#tell(reason);
      return;
    }
    this.#reason = reason;
    if (!vague) return this.#tell(reason);
    this.#vague ??= setTimeout(() => this.#tell(this.#reason ?? reason), vagueForMs).unref();
  }

  /** Like `noticed`, by a command that was refused while all are connected. */
  refused(reason: string): void {
    this.#refusedAtMs = performance.now();
    this.noticed(reason);
  }

  close(): void {
    if (this.#look !== null) clearInterval(this.#look);
    if (this.#vague !== null) clearTimeout(this.#vague);
    this.#look = null;
    this.#vague = null;
  }

  #tell(reason: string): void {
    if (this.#vague !== null) clearTimeout(this.#vague);
    this.#vague = null;
    if (this.#told.size >= mostTold) return;
    this.#told.add(reason);
    this.#options.began({ reason });
  }

  #lookAgain(): void {
    const { isOver = () => performance.now() - this.#refusedAtMs >= quietForMs } = this.#options;
    if (this.#cutOff.size === 0 && isOver()) this.#end();
  }

  #end(): void {
    const wasTold = this.#told.size > 0;
    const fields = { forMs: Math.round(performance.now() - this.#beganAtMs), ...this.#endFields };
    this.close();
    this.#told.clear();
    this.#reason = null;
    this.#endFields = {};
    if (wasTold) this.#options.ended(fields);
  }
}

/** Lines an outage: its first reason, and faults of the configuration that show later. */
const mostTold = 4;
