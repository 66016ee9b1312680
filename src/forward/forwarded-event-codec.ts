import type { ForwardedEvent } from '../webhook/forward-port';

interface Head {
  readonly name: string;
  readonly contentType: string | null;
  readonly receivedAtMs: number;
}

/** `[u32 length of the head][head: JSON][body]`: an event as the bytes of one item of a queue. */
export function encodeEvent({ name, contentType, receivedAtMs, bytes }: ForwardedEvent): Buffer {
  const head: Head = { name, contentType, receivedAtMs };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, bytes]);
}

/** Throws on bytes that no version of the relay wrote. The body shares memory with `item`. */
export function decodeEvent(item: Buffer): ForwardedEvent {
  const bodyStart = 4 + item.readUInt32BE(0);
  const head = JSON.parse(item.toString('utf8', 4, bodyStart)) as Head;
  return { ...head, bytes: item.subarray(bodyStart) };
}
