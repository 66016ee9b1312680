import { MarkHolders } from './mark-holders';
import type { MarkRow } from './mark-row';

const row = (entryId: string, uids: string[], expiresAtMs = 100): MarkRow => ({ entryId, uids, expiresAtMs });
const uidsOf = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `u${from + number}`);

describe('the holders of a mark', () => {
  it('are read only once somebody is met again', () => {
    const stored: MarkRow[] = [];
    let reads = 0;
    const holders = new MarkHolders(() => {
      reads += 1;
      return stored;
    });
    for (let from = 0; from < 50_000; from += 100) {
      const uids = uidsOf(from, 100);
      for (const uid of uids) if (holders.of(uid, 0) !== null) throw new Error(uid);
      stored.push(row(`e${from}`, uids));
      holders.add(row(`e${from}`, uids));
    }
    expect([reads, holders.size]).toEqual([0, 50_000]);
    expect(holders.of('u40007', 0)).toBe('e40000');
    expect(holders.of('u7', 0)).toBe('e0');
    expect(holders.of('u50000', 0)).toBeNull();
    expect(reads).toBe(1);
    holders.add(row('later', ['u50000']));
    expect(holders.of('u50000', 0)).toBe('later');
    expect(reads).toBe(1);
  });

  it('hold until their time is over, the later of two', () => {
    const holders = new MarkHolders(() => [row('new', ['a'], 200), row('old', ['a'], 100)]).fill();
    expect(holders.of('a', 199)).toBe('new');
    expect(holders.of('a', 200)).toBeNull();
  });
});
