import type { Batch } from './batch';
import type { Table } from './environment';
import { prefixEnd } from './keys';
import type { Writer } from './writer';

const removedAtOnce = 500;

/** Every row whose key starts with `prefix`, in key order. */
export function* rowsUnder(
  table: Table,
  prefix: Buffer,
  max = Number.POSITIVE_INFINITY,
): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  const limit = Number.isFinite(max) ? { limit: max } : {};
  for (const { key, value } of table.getRange({ start: prefix, end: prefixEnd(prefix), ...limit }))
    yield { key: Buffer.from(key), value };
}

/** Removes every row under `prefix`, a slice a transaction. Rows that come in between may stay. */
export async function removeUnder(writer: Writer, table: Table, prefix: Buffer): Promise<void> {
  for (;;) {
    const removed = await writer.run((batch) => removeSome(batch, table, prefix));
    if (removed < removedAtOnce) return;
  }
}

function removeSome(batch: Batch, table: Table, prefix: Buffer): number {
  let removed = 0;
  for (const { key } of rowsUnder(table, prefix, removedAtOnce)) {
    batch.remove(table, key);
    removed++;
  }
  return removed;
}
