/** A relay under test, as an attacker sees it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Valid ones, for the cases that have them. */
  readonly webhookSecret: string;
  readonly apiKey: string;
}

/**
 * What a connection got: each status in the order of the answers, and how it ended: `closed` by the relay (an end or a
 * reset), or `open` when the case itself gave up waiting, as its signal or its own plan has it.
 */
export type Seen = readonly (number | 'closed' | 'open')[];

/** One connection (or a few that belong together) of a hostile caller, generated. */
export interface ConnectionCase {
  /** Which rule made it and with what, for a message that names it. */
  readonly name: string;
  /** Plays it to its end; ends early, its sockets destroyed, when the signal aborts. Rejects only for a fault of the case itself. */
  play(target: Target, signal: AbortSignal): Promise<Seen>;
  /** What is wrong with what was seen, in one sentence; null when a correct relay may behave so. */
  fault(seen: Seen): string | null;
}
