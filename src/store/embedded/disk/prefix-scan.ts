import type { Batch } from './batch';
import type { Table } from './environment';
import { prefixEnd } from './keys';
import type { Writer } from './writer';

const erasedAtOnce = 200;

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Every row whose key starts with `prefix`, in key order. */
export function* rowsUnder(table: Table, prefix: Buffer, max = Number.POSITIVE_INFINITY): Generator<Row> {
  const limit = Number.isFinite(max) ? { limit: max } : {};
  for (const { key, value } of table.getRange({ start: prefix, end: prefixEnd(prefix), ...limit }))
    yield { key: Buffer.from(key), value };
}

/** Removes every row under `prefix`, a slice a transaction. Rows that come in between may stay. */
export function removeUnder(writer: Writer, table: Table, prefix: Buffer): Promise<void> {
  return eraseUnder(writer, table, prefix, (batch, { key }) => batch.remove(table, key));
}

/** As {@link removeUnder}; `erase` removes the row, among others. */
export async function eraseUnder(
  writer: Writer,
  table: Table,
  prefix: Buffer,
  erase: (batch: Batch, row: Row) => void,
): Promise<void> {
  for (;;) {
    const erased = await writer.run((batch) => {
      const rows = [...rowsUnder(table, prefix, erasedAtOnce)];
      for (const row of rows) {
        erase(batch, row);
        batch.apply();
      }
      return rows.length;
    });
    if (erased < erasedAtOnce) return;
  }
}
