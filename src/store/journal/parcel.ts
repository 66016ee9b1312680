import type { InboxEntry } from '../../domain/inbox-entry';
import { fromRecord } from './journal-record';
import type { JournaledWrite } from './journaled-write';

/** A write, and the entries that it is made of: those of one event are handed on as one. */
export interface Parcel {
  write: JournaledWrite;
  readonly entries: InboxEntry[];
  state: 'waiting' | 'done' | 'failed' | 'wrong';
  error: unknown;
  /** How often it failed while the store took others. */
  failures: number;
}

/** An event for 100,000 is handed on in pieces that take a millisecond to encode. */
const entriesAParcel = 16;

/** Throws on an entry that is no record of the journal. */
export function parcelOf(entry: InboxEntry): Parcel {
  return { write: fromRecord(entry), entries: [entry], state: 'waiting', error: null, failures: 0 };
}

/** The entry is a further group of the parcel's event. */
export function continues(parcel: Parcel, entry: InboxEntry): boolean {
  const { write, entries } = parcel;
  return write.kind === 'append' && entries.length < entriesAParcel && entries[0]?.bodyId === entry.bodyId;
}

export function extend(parcel: Parcel, entry: InboxEntry): void {
  const { write, entries } = parcel;
  if (write.kind !== 'append') return;
  entries.push(entry);
  const recipients = entries.map((one) => one.recipients);
  parcel.write = { kind: 'append', event: { ...write.event, recipients } };
}

export function countEntries(parcels: readonly Parcel[]): number {
  return parcels.reduce((count, { entries }) => count + entries.length, 0);
}

const bytesARecipient = 24;

/** About its bytes. */
export function weigh({ entries }: Parcel): number {
  const recipients = entries.reduce((count, entry) => count + entry.recipients.length, 0);
  return (entries[0]?.body.length ?? 0) + recipients * bytesARecipient;
}
