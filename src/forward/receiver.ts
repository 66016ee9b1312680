import type { Reception } from '../shared/reception';
import type { ForwardAnswer, ForwardedEvent } from '../webhook/forward-port';

/** One receiver, as WuKongIM would call it. */
export interface Receiver {
  /** Never rejects. */
  send(event: ForwardedEvent): Promise<Reception>;
  /** Null: it did not answer the event. Never rejects. */
  ask(event: ForwardedEvent): Promise<ForwardAnswer | null>;
  /** Cuts off what is under way. */
  close(): Promise<void>;
}

/** The longest answer that is taken. */
export const maxAnswerBytes = 1024 * 1024;
