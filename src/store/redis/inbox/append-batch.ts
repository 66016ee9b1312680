import type { InboxEvent } from '../../ports/inbox';
import { encodeHead } from './entry-reply';
import type { Argument } from '../server/deadline-client';
import { onOneLine } from '../waiting/pending-record';

/** What the append script takes of an event; [] for one that nobody is to get. */
export function appendArguments(event: InboxEvent): Argument[] {
  const groups = event.recipients.filter((group) => group.length > 0);
  if (groups.length === 0) return [];
  const { lane, bodyId, receivedAtMs, body } = event;
  const heads = groups.map((group) => encodeHead(receivedAtMs, bodyId, group));
  return [lane, onOneLine(bodyId), body, String(groups.length), ...heads];
}

export function appendWeight(parts: readonly Argument[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length + 16;
  return bytes;
}
