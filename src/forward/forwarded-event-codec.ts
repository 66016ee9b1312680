import { decodeHead, encodeWithTail, tailOf } from '../store/head-and-tail';
import type { ForwardedEvent } from '../webhook/forward-port';

/** An event as the bytes of one item of a queue. */
export function encodeEvent({ name, contentType, receivedAtMs, bytes }: ForwardedEvent): Buffer {
  return encodeWithTail({ name, contentType, receivedAtMs }, bytes);
}

/** Throws on bytes that no version of the relay wrote. The body shares memory with `item`. */
export function decodeEvent(item: Buffer): ForwardedEvent {
  return { ...decodeHead<Omit<ForwardedEvent, 'bytes'>>(item), bytes: tailOf(item) };
}
