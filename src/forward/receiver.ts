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

/** One that is not configured any more: its events wait as long as any receiver's, unless others need their room. */
export function removedReceiver(isFull: () => boolean): Receiver {
  const removed = 'it is not in webhook.forward any more';
  const away = `${removed}; its events are dead letters once they are too old, unless it is added again`;
  const refused = `${removed}, and too much waits for other receivers`;
  return {
    send: () =>
      Promise.resolve(isFull() ? { kind: 'refused', reason: refused } : { kind: 'away', reason: away }),
    ask: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}
