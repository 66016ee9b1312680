import { FreshRows, type FreshRow } from './fresh-rows';

function row(sequence: number, bytes = 10): FreshRow {
  const stored = { bodyId: `b${sequence}`, receivedAtMs: 0, recipients: ['a'], body: null };
  return { sequence, value: Buffer.alloc(bytes), stored, marksHeld: true };
}

function taken(rows: FreshRows): number[] {
  const found: number[] = [];
  for (let next = rows.shift(); next !== undefined; next = rows.shift()) found.push(next.sequence);
  return found;
}

describe('FreshRows', () => {
  it('keeps nothing before the disk was read to its end', () => {
    const rows = new FreshRows();
    rows.stored(row(1), 0);
    expect(rows.whole).toBe(false);
    expect(taken(rows)).toEqual([]);
    rows.readToEnd();
    expect(rows.whole).toBe(true);
    rows.stored(row(2), 1);
    rows.stored(row(3), 1);
    expect(taken(rows)).toEqual([2, 3]);
    expect(rows.whole).toBe(true);
  });

  it('leaves out what was read from the disk before it was told of', () => {
    const rows = new FreshRows();
    rows.readToEnd();
    rows.stored(row(4), 4);
    rows.stored(row(5), 4);
    expect(taken(rows)).toEqual([5]);
  });

  it('is cut by rows that are stored elsewhere, and hands out first what it has', () => {
    const rows = new FreshRows();
    rows.readToEnd();
    rows.stored(row(1), 0);
    rows.storedElsewhere();
    rows.stored(row(3), 0);
    expect(rows.whole).toBe(false);
    expect(taken(rows)).toEqual([1]);
  });

  it.each([
    ['rows', 4_096, 10],
    ['bytes', 4, 1024 * 1024],
  ])('holds a bounded number of %s', (_, most, bytes) => {
    const rows = new FreshRows();
    rows.readToEnd();
    for (let sequence = 1; sequence <= most; sequence += 1) rows.stored(row(sequence, bytes), 0);
    expect(rows.whole).toBe(true);
    rows.stored(row(most + 1, bytes), 0);
    expect(rows.whole).toBe(false);
    expect(taken(rows)).toHaveLength(most);
  });

  it('does not believe in the end of the disk while a write may still happen', () => {
    const rows = new FreshRows();
    rows.readToEnd();
    rows.mayBeStored();
    rows.readToEnd();
    expect(rows.whole).toBe(false);
    // The next write that succeeds comes after it: both are on disk by now.
    rows.stored(row(2), 0);
    expect(taken(rows)).toEqual([]);
    rows.readToEnd();
    expect(rows.whole).toBe(true);
  });
});
