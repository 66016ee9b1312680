import { createHash } from 'node:crypto';
import type { DurableQueues } from '../store/queue/durable-queues';

/** A receiver, whatever others are configured beside it, without a secret. */
export interface ReceiverIdentity {
  /** `host:port` */
  readonly host: string;
  /** `host:port#xxxx`: too few digits of a hash to guess a secret in the address by. */
  readonly id: string;
  /** For people: the host where it has one receiver only, else the id. */
  readonly name: string;
}

/** The kinds of events that wait apart. */
export const lanes = ['ordered', 'others'] as const;
const hashDigits = 4;

/** One identity for each receiver, by its address. The same address again is another receiver. */
export function identify<T>(
  receivers: readonly T[],
  addressOf: (receiver: T) => string,
): readonly (T & ReceiverIdentity)[] {
  const counts = new Map<string, number>();
  const known = receivers.map((receiver) => {
    const { protocol, host, pathname, search } = new URL(addressOf(receiver));
    const hash = createHash('sha256').update(`${protocol}${pathname}${search}`).digest('hex');
    const id = `${host}#${hash.slice(0, hashDigits)}`;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return { ...receiver, host, id: count === 1 ? id : `${id}-${count}` };
  });
  return known.map((receiver) => {
    const { host, id } = receiver;
    return { ...receiver, name: known.filter((other) => other.host === host).length === 1 ? host : id };
  });
}

/** Marks an owner that is not configured any more; no host has it. */
const retired = ' ';

/**
 * The queue of each receiver, by id. It stays the same, also over starts without the receiver. Where since the last start one receiver
 * of a host is new, and one is gone for which events wait, the address was corrected: the new one gets them. Rejects with
 * StoreUnavailableError.
 */
export async function assignQueues(
  receivers: readonly ReceiverIdentity[],
  queues: DurableQueues,
): Promise<ReadonlyMap<string, string>> {
  const before = queues.owners();
  const owners = new Map(before);
  for (const { id } of receivers) rename(owners, `${retired}${id}`, id);
  const isConfigured = new Set(receivers.map(({ id }) => id));
  const gone = [...owners.keys()].filter((id) => !id.startsWith(retired) && !isConfigured.has(id));
  const fresh = receivers.filter(({ id }) => !owners.has(id));
  for (const { id, host } of fresh) {
    const heirs = fresh.filter((receiver) => receiver.host === host);
    const waiting = gone.filter((one) => one.startsWith(`${host}#`) && waits(owners.get(one), queues));
    const [former, ...others] = heirs.length === 1 ? waiting : [];
    if (former !== undefined && others.length === 0) rename(owners, former, id);
    else owners.set(id, freeName(id, owners));
  }
  for (const id of gone) rename(owners, id, `${retired}${id}`);
  if (fresh.length > 0 || [...owners.keys()].some((id) => !before.has(id))) await queues.setOwners(owners);
  return owners;
}

/** Those that are not configured any more and for which events wait: the queue of each, by id. */
export function removedReceivers(
  owners: ReadonlyMap<string, string>,
  queues: DurableQueues,
): ReadonlyMap<string, string> {
  const removed = [...owners].filter(([id, queue]) => id.startsWith(retired) && waits(queue, queues));
  return new Map(removed.map(([id, queue]) => [id.slice(retired.length), queue]));
}

function rename(owners: Map<string, string>, from: string, to: string): void {
  const queue = owners.get(from);
  if (queue === undefined) return;
  owners.delete(from);
  owners.set(to, queue);
}

function waits(queue: string | undefined, queues: DurableQueues): boolean {
  return lanes.some((lane) => queues.queue(`${queue}-${lane}`).depth > 0);
}

/** The id, but for one whose queue another receiver has taken over. */
function freeName(id: string, owners: ReadonlyMap<string, string>): string {
  const taken = new Set(owners.values());
  let name = id;
  while (taken.has(name)) name = `${name}+`;
  return name;
}
