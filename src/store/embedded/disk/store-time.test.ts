import type { Batch } from './batch';
import type { Table } from './environment';
import { StoreTime } from './store-time';

/** A process that begins: its monotonic clock starts at what its wall clock shows. */
function start(rows: Map<string, Buffer>, wallMs: number) {
  const clock = { ms: wallMs, offMs: 0, now: () => clock.ms + clock.offMs, monotonicMs: () => clock.ms };
  const table = { get: (key: Buffer) => rows.get(key.toString()) } as unknown as Table;
  const batch = {
    put: (_: Table, key: Buffer, value: Buffer) => void rows.set(key.toString(), value),
  } as unknown as Batch;
  const time = new StoreTime(table, clock);
  return { clock, time, note: () => time.note(batch) };
}

describe('StoreTime', () => {
  it('begins with the clock, and knows of no earlier time', () => {
    const { time } = start(new Map(), 1_000_000);
    expect([time.now(), time.aheadMs, time.lastWallMs]).toEqual([1_000_000, 0, null]);
  });

  it('never goes back, whatever the wall clock shows at the starts and does in between', () => {
    const rows = new Map<string, Buffer>();
    let latestMs = 0;
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let run = 0; run < 200; run += 1) {
      const { clock, time, note } = start(rows, 1_767_000_000_000 + random(60_000_000) - 30_000_000);
      expect(time.now()).toBeGreaterThanOrEqual(latestMs);
      for (let look = 0; look < 10; look += 1) {
        const beforeMs = time.now();
        clock.offMs = random(20_000_000) - 10_000_000;
        expect(time.now()).toBe(beforeMs);
        const passedMs = random(5_000);
        clock.ms += passedMs;
        expect(time.now()).toBe(beforeMs + passedMs);
        note();
        // At most a second is not noted.
        latestMs = Math.max(latestMs, time.now() - 1_000);
      }
    }
  });

  it('tells what the wall clock showed when it was noted last', () => {
    const rows = new Map<string, Buffer>();
    const { clock, note } = start(rows, 5_000_000);
    clock.offMs = -600_000;
    note();
    clock.ms += 999;
    note();
    expect(start(rows, 5_000_000).time.lastWallMs).toBe(4_400_000);
  });
});
