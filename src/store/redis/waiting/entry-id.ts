import type { Lane } from '../../../domain/lane';

/** Where an entry stands: `d0.1700000000000-0`. A capital letter says that its body is shared, and so stands by itself. */
export interface EntryPlace {
  readonly lane: Lane;
  readonly partition: number;
  readonly shared: boolean;
  readonly streamId: string;
}

const form = /^([dbDB])(\d{1,3})\.(\d{1,20}-\d{1,20})$/;

export function entryId({ lane, partition, shared, streamId }: EntryPlace): string {
  const letter = lane === 'direct' ? 'd' : 'b';
  return `${shared ? letter.toUpperCase() : letter}${partition}.${streamId}`;
}

/** Null for what is no entry of this store. */
export function parseEntryId(id: string): EntryPlace | null {
  const [, letter, partition, streamId] = form.exec(id) ?? [];
  if (letter === undefined || streamId === undefined) return null;
  return {
    lane: letter.toLowerCase() === 'd' ? 'direct' : 'bulk',
    partition: Number(partition),
    shared: letter < 'a',
    streamId,
  };
}
