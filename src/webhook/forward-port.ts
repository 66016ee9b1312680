/** In the `Via` header (RFC 9110 §7.6.3) of what a relay forwards. */
export const relayPseudonym = 'wukongim-push-relay';

/** A webhook request as it came, for receivers beside the relay. */
export interface ForwardedEvent {
  /** As the URL gave it. */
  readonly name: string;
  /** Null: the request had none. WuKongIM sends one, other senders may not. */
  readonly contentType: string | null;
  /** By the wall clock, ms since the epoch. */
  readonly receivedAtMs: number;
  /** The body, valid only during the call. */
  readonly bytes: Buffer;
}

/** The answer of a receiver to an event that asks for one. */
export interface ForwardAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string | Buffer;
}

/** The receivers that get the webhooks beside the relay. */
export interface ForwardPort {
  /** False: no receiver gets events of this name, now or later. */
  wants(name: string): boolean;
  /** Resolves when the event is on disk for each receiver that gets it. Rejects with StoreUnavailableError. */
  keep(event: ForwardedEvent): Promise<void>;
  /** True: a receiver answers events of this name, and the sender waits for that answer. */
  answers(name: string): boolean;
  /** Null: the receiver did not answer in time, or too much waits for its answers. Never rejects. */
  ask(event: ForwardedEvent): Promise<ForwardAnswer | null>;
}
